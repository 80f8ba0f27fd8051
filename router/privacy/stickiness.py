"""Sensitivity sticks (I9): what came of a sensitive request is sensitive when it comes back."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from router.domain import (
    Classification,
    DataClass,
    InferenceRequest,
    JsonObject,
    ModelSpec,
    Principal,
)
from router.errors import TextTooLong
from router.policy.policy import TaintRules
from router.privacy.exceptions import LiveExceptions, live
from router.privacy.taint import TaintKeys
from router.privacy.taint_store import Sticking, TaintMarks, TaintStore
from router.privacy.turns import last_turn
from router.protocols import Clock

SECONDS_PER_DAY = 86_400


@dataclass(frozen=True, slots=True)
class Inheritance:
    """The highest class that sticks to a request; `complete` if all of it could be looked up.

    `exceptions` are the ids of those that lowered something of it, sorted. `cause` has the entity
    types to which alone all that sticks is due, None where that is not known.
    """

    data_class: DataClass | None
    complete: bool
    exceptions: tuple[str, ...] = ()
    cause: frozenset[str] | None = None


class Stickiness:
    def __init__(
        self, *, rules: TaintRules, keys: TaintKeys, store: TaintStore, clock: Clock
    ) -> None:
        self._rules = rules
        self._keys = keys
        self._store = store
        self._clock = clock

    async def inheritance(self, request: InferenceRequest, principal: Principal) -> Inheritance:
        """What this request brings along. Raises LedgerUnavailable."""
        # In a thread: the keys of the longest bodies take a second, the database its own time.
        return await asyncio.to_thread(self._look_up, principal.team, request.body)

    def _look_up(self, team: str, body: JsonObject) -> Inheritance:
        try:
            keys = self._keys.request_keys(team, body)
        except TextTooLong:
            return Inheritance(None, complete=False)
        now_s = self._clock.now_s()
        found = self._store.inherited(keys, now_s) if keys else frozenset()
        return inheritance_of(found, live(self._rules.exceptions, team, now_s))

    def marks(
        self,
        request: InferenceRequest,
        principal: Principal,
        classification: Classification,
        model: ModelSpec,
        texts: tuple[str, ...],
    ) -> TaintMarks | None:
        """What is to be written down of an answer; None if nothing sticks to it."""
        sticks = classification.data_class >= self._rules.from_data_class
        if model.is_external or not sticks or not texts:
            return None
        turn = last_turn(request.body)
        keys = frozenset[bytes]().union(
            *(self._keys.answer_keys(principal.team, text, turn) for text in texts)
        )
        expires_at_s = self._clock.now_s() + self._rules.retention_days * SECONDS_PER_DAY
        return TaintMarks(keys, classification.data_class, expires_at_s, classification.cause)


def inheritance_of(sticking: frozenset[Sticking], exceptions: LiveExceptions) -> Inheritance:
    """What a request inherits to whose words all this sticks, under its team's exceptions."""
    if not sticking:
        return Inheritance(None, complete=True)
    classes: list[DataClass] = []
    applied: set[str] = set()
    for each in sticking:
        lowered = exceptions.lowered_cause(each.cause, each.data_class)
        classes.append(each.data_class if lowered is None else lowered.data_class)
        applied.update(() if lowered is None else lowered.exceptions)
    causes = [each.cause for each in sticking if each.cause is not None]
    return Inheritance(
        data_class=max(classes),
        complete=True,
        exceptions=tuple(sorted(applied)),
        # Also of what an exception lowered: it may have been lowered to more than nothing.
        cause=frozenset[str]().union(*causes) if len(causes) == len(sticking) else None,
    )
