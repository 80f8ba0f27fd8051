"""Walking the plan: wait for a place, try, try again, fall back.

Never outside the plan, never after a first byte.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Mapping
from contextlib import aclosing
from dataclasses import dataclass
from random import Random

from router.accounts.limits.estimate import estimate
from router.accounts.limits.taken import taken
from router.cascade.backoff import BackoffRules
from router.cascade.breaker import Breaker, BreakerState
from router.cascade.failures import counts_for_breaker, reaction_to
from router.cascade.refusal import Trouble, refusal
from router.dialects.heard import Heard
from router.dialects.render import Rendered, render
from router.domain import Attempt, Decision, InferenceRequest, JsonObject, ModelSpec, PlanStep
from router.egress.clearance import ClearanceOffice
from router.errors import (
    BackendBroken,
    BackendDrained,
    BackendFailure,
    BackendTimeout,
    InvalidRequest,
    NoRoom,
    UnknownFields,
)
from router.load.gates import Claim, Gates
from router.load.held import HeldAnswer
from router.load.place import Place
from router.policy.policy import CascadeRules
from router.protocols import Backend, Clock, Dispatch
from router.trail import Trail

ANSWERED = "answered"
CANCELLED = "cancelled"
"""Whoever asked has gone, or has no more use for an answer."""
BREAKER_OPEN = "breaker_open"
QUEUED = "queued"
NO_ROOM = "no_room"
DRAINED = "drained"
_WAITED = frozenset({QUEUED, NO_ROOM, DRAINED})
UNTRIED = frozenset({BREAKER_OPEN, QUEUED, NO_ROOM, DRAINED})
"""What the record says of a model that nothing was sent to: for how long was waited, and why."""
_BYTES_PER_TOKEN = 4
"""Near enough for turns: teams are weighed against each other by the same measure."""
CLEARANCE_LIFETIME_S = 15.0
"""A clearance has to reach the socket, and not the end of the answer."""


class Cascade:
    """Owns retry, breaker and fallback; there is no other place that tries anything twice (I10).

    A model is tried by whoever has a place at it. `gates` are those of the whole gateway; without
    any, this cascade's own.
    """

    def __init__(
        self,
        *,
        rules: CascadeRules,
        backends: Mapping[str, Backend],
        office: ClearanceOffice,
        clock: Clock,
        random: Random,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        gates: Gates | None = None,
    ) -> None:
        self._rules = rules
        self._backoff = BackoffRules(rules.backoff_initial_s, rules.backoff_max_s)
        self._backends = backends
        self._office = office
        self._clock = clock
        self._random = random
        self._sleep = sleep
        self._breakers = {key: Breaker(rules.breaker, clock) for key in backends}
        self.gates = gates or Gates(clock)

    @property
    def total_timeout_s(self) -> float:
        """For all that is tried for one request."""
        return self._rules.total_timeout_s

    @property
    def open_breakers(self) -> frozenset[str]:
        """The keys of models that nothing is sent to now."""
        return frozenset(
            key for key, breaker in self._breakers.items() if breaker.state is BreakerState.OPEN
        )

    async def serve(
        self,
        request: InferenceRequest,
        decision: Decision,
        plan: tuple[PlanStep, ...],
        cache_salt: str,
        trail: Trail,
        *,
        claim: Claim,
        deadline_s: float | None = None,
        more_follows: bool = False,
        patience_s: float | None = None,
        input_tokens: int | None = None,
    ) -> AsyncGenerator[JsonObject, None]:
        """The answer of the first model of the plan that begins one, its first event at hand.

        Whoever gets it closes it: it holds a place. Writes every attempt to the trail. A request
        that is served more than once brings its `deadline_s`, on the monotonic clock, and has
        waited what its trail says; `more_follows` where it can go on without this answer. It waits
        `patience_s` for places in all, or as long as its lane may. Of a request that is not the
        client's own, `input_tokens` says how long it is; of that, the decision does. Raises
        NothingAvailable, Overloaded, BackendsFailed, InvalidRequest (no backend takes such a
        request), UnknownFields among them (the client asked to be strict).
        """
        now_s = self._clock.monotonic_s()
        if deadline_s is None:
            deadline_s = now_s + self._rules.total_timeout_s
        if patience_s is None:
            patience_s = self.gates.patience_s(claim.lane) - _waited_s(trail)
        wait_until_s = min(deadline_s, now_s + patience_s)
        if input_tokens is None:
            input_tokens = decision.features.input_tokens
        troubles: list[Trouble] = []
        misfit: InvalidRequest | None = None
        for step in plan:
            try:
                rendered = _render(request, step.model, cache_salt)
            except InvalidRequest as error:
                misfit = misfit or error
                continue
            visit = _Visit(
                request, decision, step, rendered, claim, deadline_s, wait_until_s, input_tokens
            )
            is_last = step is plan[-1] and not more_follows
            answer = await self._visit(visit, trail, troubles, is_last=is_last)
            if answer is not None:
                return answer
        if misfit is not None and not troubles:
            raise misfit
        raise refusal(troubles, claim.lane, self._rules)

    async def _visit(
        self, visit: _Visit, trail: Trail, troubles: list[Trouble], *, is_last: bool
    ) -> AsyncGenerator[JsonObject, None] | None:
        """Waits for a place at one model and tries it; None when the plan should go on."""
        model, tier = visit.step.model, visit.step.tier
        if self._breakers[model.key].state is BreakerState.OPEN:
            # Nobody waits for what would not be tried.
            troubles.append(None)
            trail.attempts.append(Attempt(model.key, tier, BREAKER_OPEN, 0.0))
            return None
        try:
            place = await self._place(visit, trail, is_last=is_last)
        except (NoRoom, BackendDrained) as closed:
            troubles.append(closed)
            return None
        answer = None
        try:
            async with place.until_cut():
                answer = await self._tries(visit, trail, troubles)
        except BackendDrained as cut:
            troubles.append(cut)
        finally:
            if answer is None:
                place.release()
        return None if answer is None else HeldAnswer(answer, place)

    async def _place(self, visit: _Visit, trail: Trail, *, is_last: bool) -> Place:
        """A place at the model, and what the record says of having waited.

        Raises NoRoom and BackendDrained.
        """
        model, started_s = visit.step.model, self._clock.monotonic_s()
        wait_s = max(0.0, visit.wait_until_s - started_s)
        if not is_last:
            wait_s = min(wait_s, self.gates.patience_before_next_s())
        tokens = estimate(visit.request, model, len(visit.rendered.body) // _BYTES_PER_TOKEN)
        cost = max(1, tokens.input_tokens + tokens.output_tokens)
        outcome: str | None = QUEUED
        try:
            place = await self.gates.enter(model.key, visit.claim, cost=cost, wait_s=wait_s)
            outcome = QUEUED if place.waited else None
        except NoRoom:
            outcome = NO_ROOM
            raise
        except BackendDrained:
            outcome = DRAINED
            raise
        finally:
            if outcome is not None:
                waited_s = self._clock.monotonic_s() - started_s
                trail.attempts.append(Attempt(model.key, visit.step.tier, outcome, waited_s))
        return place

    async def _tries(
        self, visit: _Visit, trail: Trail, troubles: list[Trouble]
    ) -> AsyncGenerator[JsonObject, None] | None:
        """Tries one model as often as it may be tried; None when the plan should go on."""
        model = visit.step.model
        breaker = self._breakers[model.key]
        for attempt_of_model in range(1, self._rules.attempts_per_model + 1):
            if self._clock.monotonic_s() >= visit.deadline_s:
                return None
            if not breaker.admit():
                troubles.append(None)
                trail.attempts.append(Attempt(model.key, visit.step.tier, BREAKER_OPEN, 0.0))
                return None
            try:
                return await self._attempt(visit, breaker, trail)
            except BackendFailure as failure:
                troubles.append(failure)
                if not reaction_to(failure).again:
                    return None
                wait_s = self._backoff.wait_s(attempt_of_model, failure.retry_after_s, self._random)
            last = attempt_of_model == self._rules.attempts_per_model
            if last or wait_s is None or self._clock.monotonic_s() + wait_s >= visit.deadline_s:
                return None
            await self._sleep(wait_s)
        return None

    async def _attempt(
        self, visit: _Visit, breaker: Breaker, trail: Trail
    ) -> AsyncGenerator[JsonObject, None]:
        model = visit.step.model
        started_s = self._clock.monotonic_s()
        outcome, charged = CANCELLED, True
        try:
            dispatch = self._dispatch(visit, len(trail.attempts) + 1)
            events = _within(self._backends[model.key].attempt(dispatch), dispatch.timeout_s)
            first = await _first(events)
            # What it takes is not known before its end.
            outcome, charged = ANSWERED, False
            breaker.succeeded()
        except BackendFailure as failure:
            outcome, charged = type(failure).__name__, reaction_to(failure).charged
            if counts_for_breaker(failure, streaming=visit.request.stream):
                breaker.failed()
            else:
                breaker.undecided()
            raise
        except BaseException:
            breaker.undecided()
            raise
        finally:
            latency_s = self._clock.monotonic_s() - started_s
            attempt = Attempt(
                model.key, visit.step.tier, outcome, latency_s, model.origin, started_s
            )
            if charged:
                took = taken(visit.request, model, input_tokens=visit.input_tokens)
                attempt = took.written_on(attempt)
            trail.attempts.append(attempt)
        trail.step = visit.step
        trail.dropped_fields = visit.rendered.dropped_fields
        trail.ttft_s = latency_s
        # Here and nowhere later: what is read ahead or kept from the client is paid for as well.
        trail.heard = Heard([first])
        return _resume(first, events, trail.heard)

    def _dispatch(self, visit: _Visit, attempt: int) -> Dispatch:
        remaining_s = visit.deadline_s - self._clock.monotonic_s()
        timeout_s = min(self._rules.attempt_timeout_s, remaining_s)
        return Dispatch(
            request_id=visit.request.request_id,
            attempt=attempt,
            model=visit.step.model.key,
            endpoint=visit.request.endpoint,
            path=visit.rendered.path,
            body=visit.rendered.body,
            stream=visit.request.stream,
            timeout_s=timeout_s,
            clearance=self._clearance(visit, attempt, timeout_s),
        )

    def _clearance(self, visit: _Visit, attempt: int, timeout_s: float) -> str | None:
        if visit.step.model.origin is None:
            return None
        return self._office.issue(
            decision=visit.decision,
            model=visit.step.model,
            request_id=visit.request.request_id,
            attempt=attempt,
            path=visit.rendered.path,
            body=visit.rendered.body,
            expires_at_s=self._clock.now_s() + min(timeout_s, CLEARANCE_LIFETIME_S),
        )


@dataclass(frozen=True, slots=True)
class _Visit:
    """One model's turn in the plan."""

    request: InferenceRequest
    decision: Decision
    step: PlanStep
    rendered: Rendered
    claim: Claim
    deadline_s: float
    wait_until_s: float
    """When the request has waited long enough, for this model and for those before it."""
    input_tokens: int
    """Counted before: a body of 10 MB would keep the event loop for 40 ms at each deadline."""


def _waited_s(trail: Trail) -> float:
    """How long the request has waited for places before."""
    return sum(each.latency_s for each in trail.attempts if each.outcome in _WAITED)


def _render(request: InferenceRequest, model: ModelSpec, cache_salt: str) -> Rendered:
    """Raises InvalidRequest for what cannot be said in the model's dialect; another may do."""
    rendered = render(request, model, cache_salt=cache_salt)
    if request.reject_unknown_fields and rendered.dropped_fields:
        names = ", ".join(rendered.dropped_fields)
        raise UnknownFields(f"{model.key} does not take: {names}. Leave them out.")
    return rendered


async def _within(
    events: AsyncIterator[JsonObject], timeout_s: float
) -> AsyncGenerator[JsonObject, None]:
    """The same events, or BackendTimeout: a stopped backend keeps no deadline of its own."""
    loop = asyncio.get_running_loop()
    deadline_s = loop.time() + timeout_s
    try:
        while True:
            try:
                async with asyncio.timeout_at(deadline_s):
                    event = await anext(events)
            except StopAsyncIteration:
                return
            except TimeoutError as error:
                raise BackendTimeout(f"no answer within {timeout_s:.0f} s") from error
            yield event
    finally:
        close = getattr(events, "aclose", None)
        if close is not None:
            await close()


async def _first(events: AsyncGenerator[JsonObject, None]) -> JsonObject:
    try:
        return await anext(events)
    except StopAsyncIteration as error:
        raise BackendBroken("the backend ended its answer before it began") from error
    except BaseException:
        await events.aclose()
        raise


async def _resume(
    first: JsonObject, events: AsyncGenerator[JsonObject, None], heard: Heard
) -> AsyncGenerator[JsonObject, None]:
    """All of them; `heard`, which knows the first, hears the others as they come."""
    async with aclosing(events):
        yield first
        async for event in events:
            heard.hear(event)
            yield event
