"""What is remembered of conversations between two requests, under one policy's rules."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from router.conversation.keys import ConversationKeys
from router.conversation.store import ConversationMark, ConversationStore, Remembered
from router.domain import InferenceRequest, Outcome, OutcomeStatus, Principal
from router.policy.routing_rules import ConversationRules
from router.protocols import Clock
from router.task import Features

_REMEMBERED = frozenset({OutcomeStatus.ANSWERED, OutcomeStatus.PARTIAL})


class Conversations:
    """`rules` are None where the policy wants nothing remembered: then nothing is read either."""

    def __init__(
        self,
        *,
        rules: ConversationRules | None,
        keys: ConversationKeys,
        store: ConversationStore,
        clock: Clock,
    ) -> None:
        self._rules = rules
        self._keys = keys
        self._store = store
        self._clock = clock

    async def recall(
        self, features: Features, request: InferenceRequest, principal: Principal
    ) -> Features:
        """The features with what is remembered of the conversation, of one that goes on."""
        if self._rules is None:
            return features
        found = await asyncio.to_thread(self._look_up, request, principal)
        if found is None:
            return features
        return replace(features, conversation_model=found.model, escalated_before=found.escalated)

    def mark(
        self, request: InferenceRequest, principal: Principal, outcome: Outcome
    ) -> ConversationMark | None:
        """What to remember of an outcome; None for one that nobody can go on from."""
        if self._rules is None or outcome.model is None or outcome.status not in _REMEMBERED:
            return None
        key = self._keys.key_of(request, principal)
        if key is None:
            return None
        escalated = outcome.escalation is not None and not outcome.escalation.kept
        until_s = self._clock.now_s() + self._rules.keep_s
        return ConversationMark(key, outcome.model, escalated, until_s)

    def _look_up(self, request: InferenceRequest, principal: Principal) -> Remembered | None:
        key = self._keys.key_of(request, principal)
        return None if key is None else self._store.remembered(key, self._clock.now_s())
