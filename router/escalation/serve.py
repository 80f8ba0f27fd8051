"""Serving a cascade: the cheaper model's answer where it is good enough, else the stronger one's.

Whatever is sent goes through the walk over the plan, with the decision of the request: there is no
other way out (I1, I3, I10). What is thrown away is in memory alone: it is neither delivered nor
kept, and nothing sticks to it.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass, replace

from router.cascade.beside import DISCARDED, JUDGED, SAMPLED
from router.cascade.walk import ANSWERED, Cascade
from router.domain import Decision, InferenceRequest, JsonObject, PlanStep
from router.errors import BackendFailure, RequestError
from router.escalation.collected import Collected, collect, without_logprobs
from router.escalation.held_stream import HeldStream
from router.escalation.plan import Cascading
from router.escalation.rules import OnTimeout
from router.escalation.signals.judge import question
from router.escalation.signals.names import Signal
from router.escalation.signals.second_sample import asked_again
from router.escalation.verdict import Ask, Verdict, judge, unfit
from router.load.gates import Claim
from router.protocols import Clock
from router.task import Escalation
from router.trail import Trail


class Escalator:
    """One per pipeline; remembers nothing."""

    def __init__(self, cascade: Cascade, clock: Clock) -> None:
        self._cascade = cascade
        self._clock = clock

    async def serve(
        self,
        request: InferenceRequest,
        decision: Decision,
        cascading: Cascading,
        cache_salt: str,
        trail: Trail,
        *,
        claim: Claim,
        require_standing: Callable[[], None],
    ) -> AsyncGenerator[JsonObject, None]:
        """The answer that the client gets, as `Cascade.serve` returns one, and with its errors.

        One deadline holds for all that is tried. A cheaper model that does not answer is passed
        over as in any plan. Where no stronger one answers, the client gets the cheaper one's answer
        after all, if it can be used. Writes to the trail what was kept, and on what grounds.
        `require_standing` is called before whatever is sent on the strength of the first answer,
        and raises where nothing more may be; so does this, then.
        """
        deadline_s = self._clock.monotonic_s() + self._cascade.total_timeout_s
        run = _Run(
            request, decision, cascading, cache_salt, trail, claim, deadline_s, require_standing
        )
        cheap = await self._try_cheap(run)
        if cheap is None:
            return await self._serve(run, (*cascading.strong, *cascading.rest))
        try:
            began_s = self._clock.monotonic_s()
            verdict = await self._judge(run, cheap)
            if verdict.keep:
                run.keeps(cheap, verdict, self._clock.monotonic_s() - began_s)
                return cheap.stream
            await cheap.stream.aclose()
            run.discards(cheap, verdict, self._clock.monotonic_s() - began_s)
        except BaseException:
            await cheap.stream.aclose()
            raise
        return await self._escalate(run, cheap)

    async def _try_cheap(self, run: _Run) -> _Cheap | None:
        """What the cheaper model says; None where it does not come to an answer."""
        trail = run.beside()
        try:
            events = await self._walk(run, run.cheap_request, (run.cascading.cheap,), trail)
        except RequestError:
            return None
        attempt = len(trail.attempts) - 1
        hides = run.cascading.reads_logprobs and not run.request.body.get("logprobs")
        stream = HeldStream(events, without_logprobs if hides else None)
        until_s = None
        if run.request.stream:
            run.trail.held = True
            until_s = asyncio.get_running_loop().time() + run.hold_s
        try:
            whole = await stream.read_ahead(run.hold_s if run.request.stream else None)
        except BackendFailure as failure:
            await stream.aclose()
            broken = replace(trail.attempts[attempt], outcome=type(failure).__name__)
            trail.attempts[attempt] = broken
            return None
        except BaseException:
            await stream.aclose()
            raise
        answer = collect(stream.read) if whole else None
        return _Cheap(stream, trail, attempt, answer, until_s)

    async def _judge(self, run: _Run, cheap: _Cheap) -> Verdict:
        if cheap.answer is None:
            return run.out_of_time
        answer = cheap.answer
        ask = Ask(
            second_sample=lambda: self._ask(
                run, asked_again(run.request), run.cascading.cheap, SAMPLED
            ),
            judge=lambda: self._ask_judge(run, answer),
        )
        task = run.decision.features.task
        try:
            async with asyncio.timeout_at(cheap.until_s) as bound:
                return await judge(answer, run.request, run.cascading, task, ask)
        except TimeoutError:
            if not bound.expired():
                raise
            return run.out_of_time

    async def _ask_judge(self, run: _Run, answer: Collected) -> Collected | None:
        model = run.cascading.judge
        asked = None if model is None else question(run.request, answer, model)
        if model is None or asked is None:
            return None
        return await self._ask(run, asked, PlanStep(model, None), JUDGED)

    async def _ask(
        self, run: _Run, request: InferenceRequest, step: PlanStep, outcome: str
    ) -> Collected | None:
        """One more answer, for comparison or for judgement; None where there is none."""
        run.require_standing()
        trail = run.beside()
        try:
            events = await self._walk(run, request, (step,), trail)
        except RequestError:
            return None
        attempt = len(trail.attempts) - 1
        stream = HeldStream(events)
        said: Collected | None = None
        try:
            await stream.read_ahead(None)
            said = collect(stream.read)
        except BackendFailure:
            return None
        finally:
            await stream.aclose()
            run.was_beside(attempt, step, outcome, said)
        return said

    async def _escalate(self, run: _Run, cheap: _Cheap) -> AsyncGenerator[JsonObject, None]:
        run.require_standing()
        try:
            return await self._serve(run, run.cascading.strong)
        except RequestError:
            answer = cheap.answer
            if answer is not None and not await asyncio.to_thread(unfit, answer, run.request):
                run.has_nothing_better_than(cheap)
                return cheap.stream
            if not run.cascading.rest:
                raise
        return await self._serve(run, run.cascading.rest)

    async def _serve(
        self, run: _Run, plan: tuple[PlanStep, ...]
    ) -> AsyncGenerator[JsonObject, None]:
        return await self._cascade.serve(
            run.request,
            run.decision,
            plan,
            run.cache_salt,
            run.trail,
            claim=run.claim,
            deadline_s=run.deadline_s,
        )

    async def _walk(
        self, run: _Run, request: InferenceRequest, plan: tuple[PlanStep, ...], trail: Trail
    ) -> AsyncGenerator[JsonObject, None]:
        """Tries what something else can be done without: nobody waits long for a place."""
        return await self._cascade.serve(
            request,
            run.decision,
            plan,
            run.cache_salt,
            trail,
            claim=run.claim,
            deadline_s=run.deadline_s,
            more_follows=True,
        )


@dataclass(frozen=True, slots=True)
class _Cheap:
    """A cheaper model's answer. `answer` is None where a stream did not end in time.

    `attempt` is the number of its attempt in the trail; `until_s` when its hold is over, on the
    loop's clock, None for an answer that is not streamed.
    """

    stream: HeldStream
    trail: Trail
    attempt: int
    answer: Collected | None
    until_s: float | None


@dataclass(frozen=True, slots=True)
class _Run:
    """One request, and what is written of it on the way."""

    request: InferenceRequest
    decision: Decision
    cascading: Cascading
    cache_salt: str
    trail: Trail
    claim: Claim
    deadline_s: float
    require_standing: Callable[[], None]

    @property
    def hold_s(self) -> float:
        return self.cascading.rule.streams.hold_s

    @property
    def cheap_request(self) -> InferenceRequest:
        if not self.cascading.reads_logprobs:
            return self.request
        return replace(self.request, body=self.request.body | {"logprobs": True})

    @property
    def out_of_time(self) -> Verdict:
        release = self.cascading.rule.streams.on_timeout is OnTimeout.RELEASE
        return Verdict(keep=release, signal=Signal.HOLD_TIMEOUT)

    def beside(self) -> Trail:
        """A trail of its own, whose attempts are the request's: who answers is not settled yet."""
        return Trail(self.request.request_id, attempts=self.trail.attempts)

    def keeps(self, cheap: _Cheap, verdict: Verdict, judged_in_s: float) -> None:
        self.trail.step = cheap.trail.step
        self.trail.dropped_fields = cheap.trail.dropped_fields
        self.trail.ttft_s = cheap.trail.ttft_s
        self.trail.escalation = self._escalation(verdict, judged_in_s)

    def discards(self, cheap: _Cheap, verdict: Verdict, judged_in_s: float) -> None:
        """Before anything else is tried: what it cost counts, whatever comes of the rest."""
        self.was_beside(cheap.attempt, self.cascading.cheap, DISCARDED, cheap.answer)
        self.trail.escalation = self._escalation(verdict, judged_in_s)

    def has_nothing_better_than(self, cheap: _Cheap) -> None:
        before = self.trail.escalation
        attempts = self.trail.attempts
        attempts[cheap.attempt] = replace(
            attempts[cheap.attempt], outcome=ANSWERED, usage=None, cost_nano_usd=0
        )
        verdict = Verdict(
            keep=True,
            signal=Signal.STRONG_UNAVAILABLE,
            score=None if before is None else before.score,
        )
        self.keeps(cheap, verdict, 0.0 if before is None else before.judged_in_s)

    def was_beside(
        self, attempt: int, step: PlanStep, outcome: str, said: Collected | None
    ) -> None:
        """Says of an attempt that answered what became of that, and what it took."""
        usage = None if said is None else said.usage
        self.trail.attempts[attempt] = replace(
            self.trail.attempts[attempt],
            outcome=outcome,
            usage=usage,
            cost_nano_usd=0 if usage is None else step.model.price.cost_nano_usd(usage),
        )

    def _escalation(self, verdict: Verdict, judged_in_s: float) -> Escalation:
        return Escalation(
            cheap_model=self.cascading.cheap.model.key,
            strong_model=self.cascading.strong[0].model.key,
            signal=verdict.signal.value,
            kept=verdict.keep,
            score=verdict.score,
            judged_in_s=judged_in_s,
        )
