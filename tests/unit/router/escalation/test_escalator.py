"""What is sent for a request that is tried with a cheaper model first, and in which order."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from random import Random
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from router.cascade.walk import Cascade
from router.domain import (
    DataClass,
    Decision,
    Endpoint,
    InferenceRequest,
    JsonObject,
    PlanStep,
    Tier,
    Usage,
)
from router.egress.clearance import ClearanceOffice
from router.errors import BackendBroken, BackendFailure, BackendRejected, KeyRevoked
from router.escalation.plan import Cascading
from router.escalation.rules import EscalationRule
from router.escalation.serve import Escalator
from router.protocols import Dispatch
from router.trail import Trail
from tests.cascading import certificate
from tests.unit.clock import ManualClock
from tests.unit.router.cascade.test_walk import CLAIM, RULES, model, outcomes

STEPS = [PlanStep(model(name), Tier.FAST) for name in ("cheap", "strong", "spare")]
CHEAP, STRONG, SPARE = STEPS


class Says:
    """Answers in chunks, each token as likely as it is told, and may break off after them."""

    def __init__(
        self, logprob: float = -3.0, text: str = "The Rhine.", fails: BackendFailure | None = None
    ) -> None:
        self.asked: list[Dispatch] = []
        self._logprob, self._text, self._fails = logprob, text, fails
        self.breaks: BackendFailure | None = None
        self.stalls_from: int | None = None
        self.usage: JsonObject | None = {"prompt_tokens": 3, "completion_tokens": 4}
        self.stalled = asyncio.Event()

    async def attempt(self, dispatch: Dispatch) -> AsyncIterator[JsonObject]:
        self.asked.append(dispatch)
        if self.stalls_from is not None and len(self.asked) > self.stalls_from:
            self.stalled.set()
            await asyncio.Event().wait()
        if self._fails is not None:
            raise self._fails
        said: Any = {"token": self._text, "logprob": self._logprob}
        choice: Any = {"index": 0, "logprobs": {"content": [said]}, "finish_reason": "stop"}
        yield {
            "choices": [choice | {"message": {"role": "assistant", "content": self._text}}],
            "usage": self.usage,
        }
        if self.breaks is not None:
            raise self.breaks


class Trial:
    def __init__(
        self, cheap: Says, strong: Says, spare: Says | None = None, *, second_sample: bool = False
    ) -> None:
        clock = ManualClock()
        backends = {"cheap@1": cheap, "strong@1": strong, "spare@1": spare or Says()}
        cascade = Cascade(
            rules=RULES,
            backends=backends,
            office=ClearanceOffice(Ed25519PrivateKey.generate()),
            clock=clock,
            random=Random(0),
            sleep=self._sleep,
        )
        self.trail = Trail("request")
        self._escalator = Escalator(cascade, clock)
        rule = EscalationRule(
            Tier.FAST, Tier.BALANCED, frozenset({"auto"}), second_sample=second_sample
        )
        made = certificate(cheap="cheap@1", strong="strong@1")
        self._cascading = Cascading(rule, made, CHEAP, (STRONG,), (SPARE,))

    async def answer(self, *, revoked: bool = False, **body: Any) -> list[JsonObject]:
        events = await self.begin(revoked=revoked, **body)
        return [event async for event in events]

    async def begin(
        self, *, revoked: bool = False, **body: Any
    ) -> AsyncGenerator[JsonObject, None]:
        def require_standing() -> None:
            if revoked:
                raise KeyRevoked("revoked")

        messages: Any = [{"role": "user", "content": "Name a river."}]
        request = InferenceRequest(
            "request", Endpoint.CHAT, {"messages": messages, **body}, "auto", stream=False
        )
        keys = tuple(step.model.key for step in STEPS)
        decision = Decision("auto", DataClass.INTERNAL, keys, (), tuple(STEPS), (), "sha256:0")
        return await self._escalator.serve(
            request,
            decision,
            self._cascading,
            "salt",
            self.trail,
            claim=CLAIM,
            require_standing=require_standing,
        )

    async def _sleep(self, _: float) -> None:
        """Nobody waits here."""


async def test_what_is_kept_is_asked_of_nobody_else() -> None:
    cheap, strong = Says(logprob=-0.1), Says()
    trial = Trial(cheap, strong)
    (answer,) = await trial.answer()
    assert answer["choices"][0]["logprobs"] is None  # type: ignore[index, call-overload]
    assert (len(cheap.asked), len(strong.asked)) == (1, 0)
    assert trial.trail.step == CHEAP
    assert trial.trail.fallbacks == ()


async def test_the_strong_model_gets_the_request_as_it_came() -> None:
    cheap, strong = Says(), Says()
    trial = Trial(cheap, strong)
    await trial.answer()
    assert b"logprobs" in cheap.asked[0].body
    assert b"logprobs" not in strong.asked[0].body
    assert [each.attempt for each in (*cheap.asked, *strong.asked)] == [1, 2]
    assert outcomes(trial.trail) == [("cheap@1", "discarded"), ("strong@1", "answered")]
    assert trial.trail.step == STRONG


async def test_nothing_more_is_sent_for_a_key_that_was_revoked_meanwhile() -> None:
    cheap, strong = Says(), Says()
    trial = Trial(cheap, strong)
    with pytest.raises(KeyRevoked):
        await trial.answer(revoked=True)
    assert strong.asked == []
    assert outcomes(trial.trail) == [("cheap@1", "discarded")]


async def test_a_cheap_answer_that_breaks_off_is_passed_over() -> None:
    cheap, strong = Says(), Says()
    cheap.breaks = BackendBroken("cut")
    trial = Trial(cheap, strong)
    await trial.answer()
    assert outcomes(trial.trail) == [("cheap@1", "BackendBroken"), ("strong@1", "answered")]
    assert trial.trail.escalation is None
    assert trial.trail.fallbacks == ("cheap@1",)
    assert trial.trail.attempts[0].usage == Usage(3, 4)


async def test_a_second_sample_that_is_cut_short_costs_what_was_held_for_it() -> None:
    cheap = Says(logprob=-0.1)
    cheap.stalls_from = 1
    trial = Trial(cheap, Says(), second_sample=True)
    asking = asyncio.create_task(trial.answer(max_tokens=50))
    await cheap.stalled.wait()
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    first, second = trial.trail.attempts
    assert (first.outcome, first.usage, first.estimated) == ("discarded", Usage(3, 4), False)
    assert (second.outcome, second.estimated) == ("cancelled", True)
    assert second.usage is not None
    assert second.usage.output_tokens == 50
    assert second.usage.input_tokens > 0


async def test_a_kept_answer_is_heard_to_its_end_whoever_reads_on() -> None:
    trial = Trial(Says(logprob=-0.1), Says())
    await (await trial.begin()).aclose()
    assert trial.trail.escalation is not None
    assert trial.trail.escalation.kept
    assert trial.trail.heard.usage == Usage(3, 4)


async def test_an_answer_that_is_given_after_all_is_the_one_that_counts() -> None:
    cheap, strong = Says(), Says(fails=BackendBroken("x"))
    cheap.usage = {"prompt_tokens": 5, "completion_tokens": 6}
    trial = Trial(cheap, strong)
    await trial.answer()
    assert trial.trail.heard.usage == Usage(5, 6)


async def test_an_answer_that_says_nothing_of_its_usage_is_estimated() -> None:
    cheap = Says()
    cheap.usage = None
    trial = Trial(cheap, Says())
    await trial.answer()
    discarded, answered = trial.trail.attempts
    assert discarded.estimated
    assert discarded.usage is not None
    assert discarded.usage.output_tokens > 0
    assert not answered.estimated


@pytest.mark.parametrize(
    "failure", [BackendBroken("x"), BackendRejected("x")], ids=["broken", "rejected"]
)
async def test_an_unsure_answer_is_better_than_none(failure: BackendFailure) -> None:
    trial = Trial(Says(), Says(fails=failure))
    (answer,) = await trial.answer()
    assert "Rhine" in str(answer)
    escalation = trial.trail.escalation
    assert escalation is not None
    assert (escalation.kept, escalation.signal) == (True, "strong_unavailable")
    assert trial.trail.attempts[0].outcome == "answered"
    assert trial.trail.attempts[0].usage is None
    assert trial.trail.step == CHEAP
    assert trial.trail.fallbacks == ("strong@1",)


async def test_an_answer_that_nobody_could_use_is_given_to_nobody() -> None:
    spare = Says(text='{"name": "Elbe"}')
    trial = Trial(Says(), Says(fails=BackendBroken("x")), spare)
    (answer,) = await trial.answer(response_format={"type": "json_object"})
    assert "Elbe" in str(answer)
    assert outcomes(trial.trail)[0] == ("cheap@1", "discarded")
    assert trial.trail.step == SPARE
