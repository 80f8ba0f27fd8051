"""Kinds of requests: all of a request that routing depends on, and where it leads."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from router.domain import (
    Basis,
    Classification,
    DataClass,
    Decision,
    Endpoint,
    InferenceRequest,
    Json,
    JsonObject,
    Principal,
    Tier,
)
from router.errors import InvalidRequest, UnknownModel
from router.policy.decide import decide
from router.policy.policy import Rules, StakesRule
from router.policy.rank import NOTHING_KNOWN
from router.policy.undrawn import undrawn
from router.task import Features, Task

OTHER = "*"
"""A team or a purpose that no policy names; nothing is called so."""

DEFAULT_TEAM = "default"
"""Whose request it is where nobody says: the team of a cluster's first key."""

NOT_PERMITTED = "not_permitted"
UNKNOWN_MODEL = "unknown_model"
INVALID = "invalid_request"


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of request.

    `found` is what it is without any floor, as declared or detected. Where `entity_types` says
    what was found in it, they decide, and each policy about what they mean.
    """

    found: DataClass
    choice: str
    endpoint: Endpoint = Endpoint.CHAT
    private_only: bool = False
    team: str = OTHER
    purpose: str = OTHER
    tiers: frozenset[Tier] = frozenset(Tier)
    stakes: str | None = None
    entity_types: frozenset[str] = frozenset()
    embeds: Task | None = None
    """The task that is declared for a request for embeddings."""

    def as_json(self) -> JsonObject:
        """For people: the keys of a file of `ringfence policy simulate`, and what else is said."""
        shown: JsonObject = {
            "class": self.found.label,
            "choice": self.choice,
            "endpoint": self.endpoint.value,
            "private_only": self.private_only,
            "team": self.team,
            "purpose": self.purpose,
            "tiers": [tier.value for tier in Tier if tier in self.tiers],
            "stakes": self.stakes,
        }
        if self.entity_types:
            shown["class"] = None
            shown["entity_types"] = list[Json](sorted(self.entity_types))
        if self.embeds is not None:
            shown["task"] = self.embeds.value
        return shown


@dataclass(frozen=True, slots=True)
class Destination:
    """The models that are tried, in order; or none, and the code of why."""

    plan: tuple[str, ...]
    refusal: str | None = None

    @property
    def first(self) -> str:
        """The model that is tried first, or why there is none."""
        return self.plan[0] if self.plan else self.refusal or NOT_PERMITTED

    def __str__(self) -> str:
        return self.refusal or " → ".join(self.plan)


class Destinations:
    """Where one policy sends kinds of requests on one day. What was decided once is kept.

    A kind goes where most of its requests go: to champions, and not to their canaries; and its key
    is older than any deprecation.
    """

    def __init__(self, rules: Rules, day: date) -> None:
        self._rules = rules
        self._undrawn = undrawn(rules)
        self._day = day
        self._known: dict[tuple[object, ...], Destination] = {}
        self._decisions: dict[tuple[Kind, Features], Decision] = {}
        self._askers: dict[tuple[object, ...], tuple[bool, tuple[StakesRule, ...]]] = {}

    @property
    def rules(self) -> Rules:
        return self._rules

    def of(self, kind: Kind, features: Features = NOTHING_KNOWN) -> Destination:
        """`features` matter where models are ranked by utility, and there as `_alike` has them."""
        data_class = self.class_of(kind)
        features = self._alike(features)
        may_leave, stakes = self._asker(kind)
        # All that a plan depends on: of stakes, only what they prefer for the class.
        key = (
            data_class,
            kind.choice,
            kind.endpoint,
            kind.private_only,
            kind.tiers,
            may_leave,
            tuple(rule.prefer.get(data_class, ()) for rule in stakes),
            features,
            kind.embeds,
        )
        if key not in self._known:
            self._known[key] = self._decided(kind, data_class, features)
        return self._known[key]

    def decision_of(self, kind: Kind, features: Features = NOTHING_KNOWN) -> Decision:
        """All that `of` goes by. Kept by the whole kind, of which traffic has few, where a policy
        can tell many apart. Raises UnknownModel and InvalidRequest.
        """
        key = kind, self._alike(features)
        if key not in self._decisions:
            self._decisions[key] = self._decision(kind, self.class_of(kind), key[1])
        return self._decisions[key]

    def _alike(self, features: Features) -> Features:
        """What requests have in common that go the same way: the task, and about how long they are.

        Not whose turn it is in a conversation: a kind is asked for the first time.
        """
        if not self._rules.policy.routing.ranks_by_utility:
            return NOTHING_KNOWN
        most = features.max_output_tokens
        return Features(
            task=features.task,
            input_tokens=_about(features.input_tokens),
            max_output_tokens=None if most is None else _about(most),
        )

    def _asker(self, kind: Kind) -> tuple[bool, tuple[StakesRule, ...]]:
        """What the policy says of who asks: once for each, since most kinds differ in the rest."""
        asker = (kind.team, kind.purpose, kind.stakes)
        if asker not in self._askers:
            policy, principal = self._rules.policy, principal_of(kind)
            self._askers[asker] = (
                policy.may_use_external(principal),
                policy.stakes_of(kind.stakes, principal),
            )
        return self._askers[asker]

    def class_of(self, kind: Kind) -> DataClass:
        """What the policy makes of the kind, floors included."""
        rules = self._rules.policy.detection
        found = self._meaning(kind) if kind.entity_types else kind.found
        return max(found, rules.default_class, rules.floor_of(principal_of(kind)))

    def _meaning(self, kind: Kind) -> DataClass:
        """Exceptions that are limited to paths are taken to hold: there is such a request."""
        rules = self._rules.policy.detection
        lowered = {
            entity_type: exception.lowers_to
            for exception in rules.exceptions
            if exception.team == kind.team
            and exception.approved_on <= self._day <= exception.expires
            for entity_type in exception.entity_types & kind.entity_types
        }
        in_full = rules.class_of_all(kind.entity_types - lowered.keys())
        return max(*lowered.values(), in_full or DataClass.PUBLIC, DataClass.PUBLIC)

    def _decided(self, kind: Kind, data_class: DataClass, features: Features) -> Destination:
        try:
            decision = self._decision(kind, data_class, features)
        except UnknownModel:
            return Destination((), UNKNOWN_MODEL)
        except InvalidRequest:
            return Destination((), INVALID)
        plan = tuple(step.model.key for step in decision.plan)
        return Destination(plan, None if plan else NOT_PERMITTED)

    def _decision(self, kind: Kind, data_class: DataClass, features: Features) -> Decision:
        classification = Classification(data_class, (Basis.DECLARED,), (), "")
        asked, asker = request_of(kind), principal_of(kind)
        return decide(asked, classification, asker, self._undrawn, features)


def request_of(kind: Kind) -> InferenceRequest:
    """One of the kind, without a body."""
    return InferenceRequest(
        request_id="",
        endpoint=kind.endpoint,
        body={},
        choice=kind.choice,
        stream=False,
        private_only=kind.private_only,
        stakes=kind.stakes,
        task=kind.embeds,
    )


def _about(tokens: int) -> int:
    """To the next power of two above: within a factor of two, lengths count as one."""
    return 0 if tokens <= 0 else 1 << (tokens - 1).bit_length()


def principal_of(kind: Kind) -> Principal:
    """Whose it is: with a key that is older than any deprecation."""
    return Principal(
        "", kind.team, DataClass.PUBLIC, kind.tiers, kind.purpose, key_made_on=date.min
    )
