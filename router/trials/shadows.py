"""Asking a shadow what its champion was asked, when the client has been served.

The way out is the cascade's, with a clearance of its own (I1), for what the request's own bars
permit (I3), after a record of its own is durable (I5). What comes back is compared in memory and
goes nowhere: neither to the client, nor to the vault, nor to a log (I6).
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections import Counter
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from functools import partial

from router.accounts.limits.estimate import estimate, input_tokens_of
from router.accounts.limits.taken import taken
from router.accounts.standing import Standing
from router.cascade.walk import ANSWERED, Cascade
from router.dialects.heard import Heard
from router.dialects.render import render
from router.domain import (
    Decision,
    Endpoint,
    InferenceRequest,
    JsonObject,
    ModelSpec,
    PlanStep,
    Principal,
    Usage,
)
from router.errors import BackendFailure, RequestError
from router.escalation.collected import Collected, collect
from router.escalation.signals.agreement import agree
from router.load.gates import Claim
from router.load.rules import Lane
from router.policy.policy import Rules
from router.privacy.exceptions import utc_day
from router.protocols import Clock
from router.registry.shadow import shadow_drawn
from router.store.writer import Writer
from router.trail import Trail
from router.trials.book import Came, Sending, note, send
from router.trials.flaw import flaw
from router.trials.may import as_if_answering, bars

logger = logging.getLogger(__name__)

MAX_UNDER_WAY = 8
_FINISH_REASONS = frozenset({"stop", "length", "tool_calls", "content_filter", "function_call"})


class ShadowRoom:
    """How many copies a gateway has under way, under all of its policies; of one event loop."""

    def __init__(self, max_under_way: int = MAX_UNDER_WAY) -> None:
        self.dropped: Counter[tuple[str, str]] = Counter()
        """Copies that were drawn and not sent, by the shadow and why."""
        self._max_under_way = max_under_way
        self._under_way: set[asyncio.Task[None]] = set()

    @property
    def is_full(self) -> bool:
        return len(self._under_way) >= self._max_under_way

    def holds(self, task: asyncio.Task[None]) -> None:
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)


@dataclass(frozen=True, slots=True)
class Copy:
    """What a shadow is to be asked, and what its champion says to it, in memory.

    `shadow` is None where none is to be asked; nothing is kept then.
    """

    request: InferenceRequest
    principal: Principal
    decision: Decision
    step: PlanStep
    shadow: ModelSpec | None = None
    heard: list[JsonObject] = field(default_factory=list, repr=False)

    def hear(self, event: JsonObject) -> None:
        if self.shadow is not None:
            self.heard.append(event)


class Shadows:
    """One per pipeline. `room` is the gateway's, whatever the policy."""

    def __init__(
        self,
        *,
        rules: Rules,
        cascade: Cascade,
        writer: Writer,
        standing: Standing,
        clock: Clock,
        room: ShadowRoom,
    ) -> None:
        self._rules = rules
        self._cascade = cascade
        self._writer = writer
        self._standing = standing
        self._clock = clock
        self._room = room
        day = utc_day(clock.now_s())
        self._shadows: dict[str, ModelSpec] = {
            key: as_if_answering(rules.registry, key, day)
            for key in rules.registry.candidates.values()
            if rules.registry.entries[key].card.lifecycle.shadow_share
        }

    def copy_of(
        self, request: InferenceRequest, principal: Principal, decision: Decision, step: PlanStep
    ) -> Copy:
        """What to listen with while `step` answers."""
        shadow = self._drawn(request, principal, decision, step)
        return Copy(request, principal, decision, step, shadow)

    def _drawn(
        self, request: InferenceRequest, principal: Principal, decision: Decision, step: PlanStep
    ) -> ModelSpec | None:
        """None, too, where the shadow may not see the request."""
        if not self._shadows or request.endpoint is not Endpoint.CHAT:
            return None
        champion, rules = step.model.key, self._rules
        key = shadow_drawn(rules.registry, champion, request.request_id)
        if key is None:
            return None
        shadow, data_class = self._shadows[key], decision.data_class
        barred = bars(
            shadow, champion, request, data_class=data_class, principal=principal, rules=rules
        )
        return None if barred else shadow

    def follow(self, copy: Copy, cache_salt: str) -> None:
        """Has the shadow asked, and returns at once. To be called when the answer is on record.

        Nothing waits for a place: where there is none, the copy is dropped, and counted.
        """
        shadow = copy.shadow
        if shadow is None:
            return
        if self._room.is_full:
            self._room.dropped[shadow.key, "gateway_full"] += 1
        elif self._is_taken(shadow.key):
            self._room.dropped[shadow.key, "model_full"] += 1
        else:
            asking = self._ask(copy, shadow, cache_salt)
            self._room.holds(asyncio.get_running_loop().create_task(asking))

    def _is_taken(self, shadow: str) -> bool:
        if shadow in self._cascade.open_breakers:
            return True
        load = self._cascade.gates.load().get(shadow)
        if load is None:
            return False
        return sum(level.inside for level in load.levels.values()) >= load.size.of(Lane.OTHERS)

    async def _ask(self, copy: Copy, shadow: ModelSpec, cache_salt: str) -> None:
        try:
            tries = self._rules.policy.cascade.attempts_per_model
            sending = await asyncio.to_thread(_sending, copy, shadow, cache_salt, tries)
            self._standing.require(copy.principal)
            most = self._rules.policy.trials.max_nano_usd_per_day
            now_s = self._clock.now_s()
            write = partial(send, sending=sending, max_nano_usd=most, now_s=now_s)
            if not await self._writer.write(write):
                self._room.dropped[shadow.key, "day_spent"] += 1
                return
            came = await self._send(copy, PlanStep(shadow, copy.step.tier), cache_salt)
            self._writer.owe(partial(note, request_id=copy.request.request_id, came=came))
        except RequestError as error:
            # No record, no dispatch; and nothing for a dialect that cannot say it.
            self._room.dropped[shadow.key, "refused"] += 1
            logger.info("a copy was not sent to %s: %s", shadow.key, type(error).__name__)
        except Exception as error:
            # Not what it says: that may have the request in it.
            self._room.dropped[shadow.key, "failed"] += 1
            logger.warning("asking %s failed: %s", shadow.key, type(error).__name__)

    async def _send(self, copy: Copy, step: PlanStep, cache_salt: str) -> Came:
        request, began_s = copy.request, self._clock.monotonic_s()
        decision = replace(
            copy.decision, permitted=(step.model.key,), excluded=(), plan=(step,), expectations=()
        )
        trail = Trail(request.request_id)
        heard: list[JsonObject] = []
        try:
            events = await self._cascade.serve(
                request,
                decision,
                (step,),
                cache_salt,
                trail,
                claim=Claim(copy.principal.team, Lane.OTHERS),
                patience_s=0.0,
            )
            async with aclosing(events):
                async for event in events:
                    heard.append(event)
        except (RequestError, BackendFailure) as error:
            came = Came(self._failed(trail, error), self._clock.monotonic_s() - began_s)
        else:
            latency_s = self._clock.monotonic_s() - began_s
            compared = await asyncio.to_thread(_compared, copy, heard)
            came = replace(compared, latency_s=latency_s, ttft_s=trail.ttft_s)
        usage, cost_nano_usd = await asyncio.to_thread(_spent, request, step.model, trail, heard)
        return replace(came, usage=usage, cost_nano_usd=cost_nano_usd)

    @staticmethod
    def _failed(trail: Trail, error: Exception) -> str:
        """What the last attempt came to, in the record's words, where there was one."""
        last = trail.attempts[-1].outcome if trail.attempts else ANSWERED
        return (type(error).__name__ if last == ANSWERED else last)[:32]


def _sending(copy: Copy, shadow: ModelSpec, cache_salt: str, tries: int) -> Sending:
    """With the most that so many tries may take. Reads the whole body, so in a thread."""
    body = render(copy.request, shadow, cache_salt=cache_salt).body
    once = estimate(copy.request, shadow, input_tokens_of(copy.request))
    return Sending(
        request_id=copy.request.request_id,
        data_class=copy.decision.data_class,
        champion=copy.step.model.key,
        shadow=shadow.key,
        weights_digest=shadow.weights_digest,
        task=copy.decision.features.task.value,
        body_sha256=hashlib.sha256(body).hexdigest(),
        at_most=Usage(once.input_tokens * tries, once.output_tokens * tries),
        cost_nano_usd=shadow.price.cost_nano_usd(once) * tries,
    )


def _spent(
    request: InferenceRequest, shadow: ModelSpec, trail: Trail, heard: list[JsonObject]
) -> tuple[Usage, int]:
    """What all tries took, and what that costs in nano-dollars: by the rule for every request.

    Counts what was said where the shadow does not, so in a thread.
    """
    spent = [(each.usage, each.cost_nano_usd) for each in trail.attempts if each.usage is not None]
    if trail.step is not None:
        own = taken(request, shadow, Heard(heard))
        spent.append((own.usage, own.cost_nano_usd))
    usage = Usage(
        sum(each.input_tokens for each, _ in spent), sum(each.output_tokens for each, _ in spent)
    )
    return usage, sum(cost for _, cost in spent)


def _compared(copy: Copy, heard: list[JsonObject]) -> Came:
    """All that is kept of two answers. In a thread: schemas of strangers take their time."""
    said, before = collect(heard), collect(copy.heard)
    return Came(
        outcome=ANSWERED,
        latency_s=0.0,
        finish_reason=said.finish_reason if said.finish_reason in _FINISH_REASONS else None,
        shadow_flaw=_name(said, copy.request),
        champion_flaw=_name(before, copy.request),
        agrees=agree(before, said, copy.decision.features.task),
    )


def _name(answer: Collected, request: InferenceRequest) -> str | None:
    found = flaw(answer, request)
    return None if found is None else found.value
