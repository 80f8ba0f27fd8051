"""Where one set of rules sends an item, asked as some kind of request."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date

from router.domain import Basis, Classification
from router.errors import InvalidRequest, UnknownModel
from router.escalation.plan import plan_cascade
from router.policy.as_certified import as_certified
from router.policy.decide import decide
from router.policy.kinds import (
    INVALID,
    NOT_PERMITTED,
    UNKNOWN_MODEL,
    Destinations,
    Kind,
    principal_of,
    request_of,
)
from router.policy.policy import Rules
from router.registry.canary import canary_of
from router.task import Features, Task, TaskBasis


@dataclass(frozen=True, slots=True)
class Way:
    """What is tried first: a model, or a cascade that begins with it; or why nothing is.

    `weights_digest` is what the registry expects, since a version's weights may be other ones under
    other rules. `cascade` says all of a cascade by which two of them are the same. What else is in
    the `plan` is tried where this fails, and makes no other way of it.
    """

    first: str | None
    weights_digest: str | None = None
    cascade: str | None = None
    refusal: str | None = None
    plan: tuple[str, ...] = field(default=(), compare=False)

    def __str__(self) -> str:
        if self.first is None:
            return f"refused: {self.refusal}"
        return f"cascade from {self.first}" if self.cascade else self.first


class Routing:
    """Decides by one set of rules on one day. What was decided once is kept.

    `drawn` are the ids whose canaries take every request of their champion's; those of other ids
    take none. Nobody waits and every model is up.
    """

    def __init__(self, rules: Rules, day: date, drawn: frozenset[str] = frozenset()) -> None:
        self.rules = drawing(as_certified(rules), drawn)
        self._classes = Destinations(rules, day)
        self._day = day
        self._known: dict[tuple[Kind, Task, int], Way] = {}

    def way(self, kind: Kind, task: Task, input_tokens: int) -> Way:
        known = (kind, task, input_tokens)
        if known not in self._known:
            self._known[known] = self._decided(kind, task, input_tokens)
        return self._known[known]

    def _decided(self, kind: Kind, task: Task, input_tokens: int) -> Way:
        features = Features(task=task, task_basis=TaskBasis.DECLARED, input_tokens=input_tokens)
        request, principal = replace(request_of(kind), task=task), principal_of(kind)
        classification = Classification(self._classes.class_of(kind), (Basis.DECLARED,), (), "")
        try:
            decision = decide(request, classification, principal, self.rules, features)
        except UnknownModel:
            return Way(None, refusal=UNKNOWN_MODEL)
        except InvalidRequest:
            return Way(None, refusal=INVALID)
        if not decision.plan:
            return Way(None, refusal=NOT_PERMITTED)
        cascading, _ = plan_cascade(request, decision, principal, self.rules, self._day)
        first = decision.plan[0].model if cascading is None else cascading.cheap.model
        cascade = None
        if cascading is not None:
            strong = ", ".join(step.model.key for step in cascading.strong)
            cascade = f"{cascading.rule!r} → {strong}"
        plan = tuple(step.model.key for step in decision.plan)
        weights = self.rules.registry.entries[first.key].expected_weights_digest
        return Way(first.key, weights, cascade, plan=plan)


def new_canaries(old: Rules, new: Rules) -> frozenset[str]:
    """Ids that have another canary under the new rules than under the old, if any then.

    A canary takes a small share, and a gate that saw only that share would let anything pass. So a
    new one is judged as if it took all.
    """
    ids = (model_id for model_id in new.registry.aliases)
    return frozenset(
        model_id
        for model_id in ids
        if (canary := canary_of(new.registry, model_id)) is not None
        and (model_id not in old.registry.aliases or canary_of(old.registry, model_id) != canary)
    )


def drawing(rules: Rules, drawn: frozenset[str]) -> Rules:
    """The rules with canaries that take all, of the ids in `drawn`, or nothing."""
    entries = dict(rules.registry.entries)
    for key, entry in entries.items():
        lifecycle = entry.card.lifecycle
        if lifecycle.canary_share:
            share = 1.0 if entry.spec.id in drawn else 0.0
            card = replace(entry.card, lifecycle=replace(lifecycle, canary_share=share))
            entries[key] = replace(entry, card=card)
    return replace(rules, registry=replace(rules.registry, entries=entries))
