"""Walking the plan: try, try again, fall back. Never outside the plan, never after a first byte."""

from __future__ import annotations

import asyncio
import math
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Mapping
from contextlib import aclosing
from dataclasses import dataclass
from random import Random

from router.cascade.backoff import BackoffRules
from router.cascade.breaker import Breaker
from router.cascade.failures import counts_for_breaker, reaction_to
from router.dialects.render import Rendered, render
from router.domain import Attempt, Decision, InferenceRequest, JsonObject, ModelSpec, PlanStep
from router.egress.clearance import ClearanceOffice
from router.errors import (
    BackendBroken,
    BackendFailure,
    BackendRejected,
    BackendsFailed,
    BackendTimeout,
    InvalidRequest,
    NothingAvailable,
    UnknownFields,
)
from router.policy.policy import CascadeRules
from router.protocols import Backend, Clock, Dispatch
from router.trail import Trail

ANSWERED = "answered"
BREAKER_OPEN = "breaker_open"
CLEARANCE_LIFETIME_S = 15.0
"""A clearance has to reach the socket, and not the end of the answer."""


class Cascade:
    """Owns retry, breaker and fallback; there is no other place that tries anything twice (I10)."""

    def __init__(
        self,
        *,
        rules: CascadeRules,
        backends: Mapping[str, Backend],
        office: ClearanceOffice,
        clock: Clock,
        random: Random,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._rules = rules
        self._backoff = BackoffRules(rules.backoff_initial_s, rules.backoff_max_s)
        self._backends = backends
        self._office = office
        self._clock = clock
        self._random = random
        self._sleep = sleep
        self._breakers = {key: Breaker(rules.breaker, clock) for key in backends}

    async def serve(
        self,
        request: InferenceRequest,
        decision: Decision,
        plan: tuple[PlanStep, ...],
        cache_salt: str,
        trail: Trail,
    ) -> AsyncGenerator[JsonObject, None]:
        """The answer of the first model of the plan that begins one, its first event at hand.

        Writes every attempt to the trail. Raises NothingAvailable, BackendsFailed, InvalidRequest
        (no backend takes such a request), UnknownFields among them (the client asked to be strict).
        """
        deadline_s = self._clock.monotonic_s() + self._rules.total_timeout_s
        failures: list[BackendFailure | None] = []
        misfit: InvalidRequest | None = None
        for step in plan:
            try:
                rendered = _render(request, step.model, cache_salt)
            except InvalidRequest as error:
                misfit = misfit or error
                continue
            visit = _Visit(request, decision, step, rendered, deadline_s)
            answer = await self._visit(visit, trail, failures)
            if answer is not None:
                return answer
        raise misfit if misfit and not failures else self._refusal(failures)

    async def _visit(
        self, visit: _Visit, trail: Trail, failures: list[BackendFailure | None]
    ) -> AsyncGenerator[JsonObject, None] | None:
        """Tries one model as often as it may be tried; None when the plan should go on."""
        model = visit.step.model
        breaker = self._breakers[model.key]
        for attempt_of_model in range(1, self._rules.attempts_per_model + 1):
            if self._clock.monotonic_s() >= visit.deadline_s:
                return None
            if not breaker.admit():
                failures.append(None)
                trail.attempts.append(Attempt(model.key, visit.step.tier, BREAKER_OPEN, 0.0))
                return None
            try:
                return await self._attempt(visit, breaker, trail)
            except BackendFailure as failure:
                failures.append(failure)
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
        outcome = "cancelled"
        try:
            dispatch = self._dispatch(visit, len(trail.attempts) + 1)
            events = _within(self._backends[model.key].attempt(dispatch), dispatch.timeout_s)
            first = await _first(events)
            outcome = ANSWERED
            breaker.succeeded()
        except BackendFailure as failure:
            outcome = type(failure).__name__
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
            trail.attempts.append(
                Attempt(model.key, visit.step.tier, outcome, latency_s, model.origin)
            )
        trail.step = visit.step
        trail.dropped_fields = visit.rendered.dropped_fields
        trail.ttft_s = latency_s
        return _resume(first, events)

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

    def _refusal(self, failures: list[BackendFailure | None]) -> Exception:
        """What the client is told when the plan is at its end; None stands for an open breaker."""
        tried = [failure for failure in failures if failure is not None]
        if failures and all(isinstance(failure, BackendTimeout) for failure in failures):
            return NothingAvailable(
                f"No answer was complete within {self._rules.attempt_timeout_s:.0f} s. Ask for "
                "less (max_tokens), or stream.",
                retry_after_s=self._rules.retry_after_s,
            )
        if tried and all(isinstance(failure, BackendRejected) for failure in tried):
            return InvalidRequest(f"The model does not take this request: {tried[-1].message}")
        if any(failure is None or reaction_to(failure).down for failure in failures) or not tried:
            waits = [failure.retry_after_s or 0 for failure in tried]
            return NothingAvailable(
                "No model that may see this request is up now. It was sent nowhere else; try again "
                "later.",
                retry_after_s=max(self._rules.retry_after_s, math.ceil(max(waits, default=0))),
            )
        return BackendsFailed(
            "Every model that may see this request answered with an error of its own.",
            retry_after_s=self._rules.retry_after_s,
        )


@dataclass(frozen=True, slots=True)
class _Visit:
    """One model's turn in the plan."""

    request: InferenceRequest
    decision: Decision
    step: PlanStep
    rendered: Rendered
    deadline_s: float


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
    first: JsonObject, events: AsyncGenerator[JsonObject, None]
) -> AsyncGenerator[JsonObject, None]:
    async with aclosing(events):
        yield first
        async for event in events:
            yield event
