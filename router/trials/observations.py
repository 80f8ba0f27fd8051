"""What came of each request that a canary or its champion could have answered, as it ends.

A request is for the version that was to be tried first, whichever answered in the end: a canary
that fails and leaves its requests to its champion has failed them. It says something of that
version only where chance has drawn it: not where a version was named, nor where it went to the one
that its conversation had before.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from functools import partial

from sqlalchemy import Connection

from router.conversation.keys import ConversationKeys
from router.domain import (
    Decision,
    Endpoint,
    InferenceRequest,
    JsonObject,
    Outcome,
    OutcomeStatus,
    Principal,
)
from router.policy.policy import Rules
from router.privacy.normalise import canonical_json
from router.protocols import Clock
from router.registry.canary import champion_of
from router.store.deferred import insert_later
from router.store.writer import Writer
from router.trials.bad_answer import failed_it
from router.trials.tables import canary_observations


@dataclass(frozen=True, slots=True)
class Observation:
    """As its row (`tables.py`). `conversation` is a digest under the tenant's key: no text."""

    request_id: str
    canary: str
    champion: str
    conversation: bytes
    by_canary: bool
    bad: bool | None
    answered: bool


class Observations:
    """One per pipeline."""

    def __init__(
        self, *, rules: Rules, keys: ConversationKeys, writer: Writer, clock: Clock
    ) -> None:
        self._rules = rules
        self._keys = keys
        self._writer = writer
        self._clock = clock

    @property
    def wanted(self) -> bool:
        """Whether a canary runs."""
        return bool(self._rules.tables.canaries)

    def note(
        self, request: InferenceRequest, principal: Principal, decision: Decision, outcome: Outcome
    ) -> None:
        """To be called when the outcome is durable. Has it written soon; nobody waits for it.

        Reads what begins the conversation, which may be long.
        """
        found = observed(request, principal, decision, outcome, rules=self._rules, keys=self._keys)
        if found is not None:
            write = partial(add, observation=found, now_s=self._clock.now_s())
            self._writer.owe(write)


def observed(
    request: InferenceRequest,
    principal: Principal,
    decision: Decision,
    outcome: Outcome,
    *,
    rules: Rules,
    keys: ConversationKeys,
) -> Observation | None:
    """None for what could not have gone to either, and for what nobody could count or judge. Pure.

    What has no beginning of a conversation in it is not observed, vectors among it: nothing would
    tell a hundred of it from one that comes a hundred times.
    """
    if not decision.plan:
        return None
    version = decision.plan[0].model.key
    champion = champion_of(rules.registry, version)
    canary = rules.tables.canaries.get(champion)
    if canary is None or not {canary, champion} <= set(decision.permitted):
        return None
    named = rules.registry.resolve(request.choice)
    if named is not None and request.choice != named.id:
        return None
    is_drawn = decision.features.conversation_model not in (canary, champion)
    bad = failed_it(version, outcome) if is_drawn else None
    # What broke off or was stopped has a model, too: an opinion of it would be of how it ended.
    answered = outcome.model == version and outcome.status is OutcomeStatus.ANSWERED
    if bad is None and not answered:
        return None
    conversation = keys.key_of(_as_conversation(request), principal)
    if conversation is None:
        return None
    return Observation(
        request_id=request.request_id,
        canary=canary,
        champion=champion,
        conversation=conversation,
        by_canary=version == canary,
        bad=bad,
        answered=answered,
    )


def _as_conversation(request: InferenceRequest) -> InferenceRequest:
    """A completion is one of a single turn."""
    if request.endpoint is not Endpoint.COMPLETIONS:
        return request
    prompt = request.body.get("prompt")
    said = prompt if isinstance(prompt, str) else canonical_json(prompt)
    begun: JsonObject = {"messages": [{"role": "user", "content": said}]}
    return replace(request, endpoint=Endpoint.CHAT, body=begun)


def add(connection: Connection, observation: Observation, now_s: float) -> None:
    insert_later(connection, canary_observations, {**asdict(observation), "recorded_at_s": now_s})
