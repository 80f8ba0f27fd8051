"""Serving a cascade: the cheaper model's answer where it is good enough, else the stronger one's.

Whatever is sent goes through the walk over the plan, with the decision of the request: there is no
other way out (I1, I3, I10). What is thrown away is in memory alone: it is neither delivered nor
kept, and nothing sticks to it.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable

from router.accounts.limits.estimate import input_tokens_of
from router.cascade.beside import JUDGED, SAMPLED
from router.cascade.walk import CANCELLED, Cascade
from router.domain import Decision, InferenceRequest, JsonObject, PlanStep
from router.errors import BackendFailure, RequestError
from router.escalation.collected import Collected, collect, without_logprobs
from router.escalation.held_stream import HeldStream
from router.escalation.plan import Cascading
from router.escalation.run import CheapAnswer, Run
from router.escalation.signals.judge import question
from router.escalation.signals.second_sample import asked_again
from router.escalation.verdict import Ask, Verdict, judge, unfit
from router.load.gates import Claim
from router.long_bodies import out_of_the_way
from router.protocols import Clock
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
        run = Run(
            request, decision, cascading, cache_salt, trail, claim, deadline_s, require_standing
        )
        cheap = await self._try_cheap(run)
        if cheap is None:
            return await self._serve(run, (*cascading.strong, *cascading.rest))
        began_s = self._clock.monotonic_s()
        try:
            verdict = await self._judge(run, cheap)
        except BaseException:
            run.throws_away(cheap)
            await cheap.stream.aclose()
            raise
        judged_in_s = self._clock.monotonic_s() - began_s
        if verdict.keep:
            run.keeps(cheap, verdict, judged_in_s)
            return cheap.stream
        run.discards(cheap, verdict, judged_in_s)
        await cheap.stream.aclose()
        return await self._escalate(run, cheap)

    async def _try_cheap(self, run: Run) -> CheapAnswer | None:
        """What the cheaper model says; None where it does not come to an answer."""
        trail = run.beside()
        try:
            events = await self._walk(run, run.cheap_request, (run.cascading.cheap,), trail)
        except RequestError:
            return None
        attempt = len(trail.attempts) - 1
        hides = not run.request.body.get("logprobs")
        stream = HeldStream(events, without_logprobs if hides else None)
        until_s = None
        if run.request.stream:
            run.trail.held = True
            until_s = asyncio.get_running_loop().time() + run.hold_s
        try:
            whole = await stream.read_ahead(run.hold_s if run.request.stream else None)
        except BackendFailure as failure:
            run.took(attempt, run.cascading.cheap, type(failure).__name__, trail.heard)
            await stream.aclose()
            return None
        except BaseException:
            run.took(attempt, run.cascading.cheap, CANCELLED, trail.heard)
            await stream.aclose()
            raise
        answer = collect(stream.read) if whole else None
        return CheapAnswer(stream, trail, attempt, answer, until_s)

    async def _judge(self, run: Run, cheap: CheapAnswer) -> Verdict:
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

    async def _ask_judge(self, run: Run, answer: Collected) -> Collected | None:
        model = run.cascading.judge
        asked = None if model is None else question(run.request, answer, model)
        if model is None or asked is None:
            return None
        return await self._ask(run, asked, PlanStep(model, None), JUDGED)

    async def _ask(
        self, run: Run, request: InferenceRequest, step: PlanStep, outcome: str
    ) -> Collected | None:
        """One more answer, for comparison or for judgement; None where there is none."""
        input_tokens = await out_of_the_way(request.body, input_tokens_of, request)
        run.require_standing()
        trail = run.beside()
        try:
            events = await self._walk(run, request, (step,), trail, input_tokens)
        except RequestError:
            return None
        attempt = len(trail.attempts) - 1
        stream = HeldStream(events)
        try:
            await stream.read_ahead(None)
        except BackendFailure:
            return None
        finally:
            run.took(
                attempt, step, outcome, trail.heard, request=request, input_tokens=input_tokens
            )
            await stream.aclose()
        return collect(stream.read)

    async def _escalate(self, run: Run, cheap: CheapAnswer) -> AsyncGenerator[JsonObject, None]:
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
        self, run: Run, plan: tuple[PlanStep, ...]
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
        self,
        run: Run,
        request: InferenceRequest,
        plan: tuple[PlanStep, ...],
        trail: Trail,
        input_tokens: int | None = None,
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
            input_tokens=input_tokens,
        )
