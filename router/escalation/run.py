"""One request for which a cheaper model is tried first, and what is written of it on the way."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from router.accounts.limits.taken import taken
from router.cascade.beside import DISCARDED
from router.cascade.walk import ANSWERED
from router.dialects.heard import Heard
from router.domain import Decision, InferenceRequest, PlanStep
from router.escalation.collected import Collected
from router.escalation.held_stream import HeldStream
from router.escalation.plan import Cascading
from router.escalation.rules import OnTimeout
from router.escalation.signals.names import Signal
from router.escalation.verdict import Verdict
from router.load.gates import Claim
from router.task import Escalation
from router.trail import Trail


@dataclass(frozen=True, slots=True)
class CheapAnswer:
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
class Run:
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
        """The client's, and by what its answer is judged."""
        return replace(self.request, body=self.request.body | {"logprobs": True})

    @property
    def out_of_time(self) -> Verdict:
        release = self.cascading.rule.streams.on_timeout is OnTimeout.RELEASE
        return Verdict(keep=release, signal=Signal.HOLD_TIMEOUT)

    def beside(self) -> Trail:
        """A trail of its own, whose attempts are the request's: who answers is not settled yet."""
        return Trail(self.request.request_id, attempts=self.trail.attempts)

    def keeps(self, cheap: CheapAnswer, verdict: Verdict, judged_in_s: float) -> None:
        self._answers_with(cheap)
        self.trail.escalation = self._escalation(verdict, judged_in_s)

    def discards(self, cheap: CheapAnswer, verdict: Verdict, judged_in_s: float) -> None:
        """Before anything else is tried: what it cost counts, whatever comes of the rest."""
        self.throws_away(cheap)
        self.trail.escalation = self._escalation(verdict, judged_in_s)

    def throws_away(self, cheap: CheapAnswer) -> None:
        self.took(cheap.attempt, self.cascading.cheap, DISCARDED, cheap.trail.heard)

    def has_nothing_better_than(self, cheap: CheapAnswer) -> None:
        """The answer that was thrown away is the answer, and counts as that alone."""
        before, attempts = self.trail.escalation, self.trail.attempts
        if before is None:
            raise AssertionError("an escalation that nobody has written down")
        discarded = attempts[cheap.attempt]
        attempts[cheap.attempt] = replace(
            discarded, outcome=ANSWERED, usage=None, cost_nano_usd=0, estimated=False
        )
        self._answers_with(cheap)
        self.trail.escalation = replace(
            before,
            signal=Signal.STRONG_UNAVAILABLE.value,
            kept=True,
            cheap_cost_nano_usd=before.cheap_cost_nano_usd - discarded.cost_nano_usd,
        )

    def took(
        self,
        attempt: int,
        step: PlanStep,
        outcome: str,
        heard: Heard,
        *,
        request: InferenceRequest | None = None,
        input_tokens: int | None = None,
    ) -> None:
        """Says of an attempt that began to answer what became of it, and what it took.

        `heard` is all that came. `request` is what was asked, and `input_tokens` what that has,
        where it is not the client's.
        """
        if request is None:
            request, input_tokens = self.request, self.decision.features.input_tokens
        said = taken(request, step.model, heard, input_tokens)
        answered = replace(self.trail.attempts[attempt], outcome=outcome)
        self.trail.attempts[attempt] = said.written_on(answered)

    def _answers_with(self, cheap: CheapAnswer) -> None:
        self.trail.step = cheap.trail.step
        self.trail.dropped_fields = cheap.trail.dropped_fields
        self.trail.ttft_s = cheap.trail.ttft_s
        self.trail.heard = cheap.trail.heard

    def _escalation(self, verdict: Verdict, judged_in_s: float) -> Escalation:
        """What the answer itself cost, if it is kept, is known when it has gone out."""
        return Escalation(
            cheap_model=self.cascading.cheap.model.key,
            strong_model=self.cascading.strong[0].model.key,
            signal=verdict.signal.value,
            kept=verdict.keep,
            score=verdict.score,
            cheap_cost_nano_usd=sum(each.cost_nano_usd for each in self.trail.attempts),
            judged_in_s=judged_in_s,
        )
