"""Walking a plan whose models are full: who waits, who goes on, and what clients hear."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from random import Random

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
)
from router.egress.clearance import ClearanceOffice
from router.errors import BackendBroken, BackendUnreachable, NothingAvailable, Overloaded
from router.load.gates import Claim, Gates
from router.load.rules import CapacityRules, Lane, LaneRules, ModelCapacity
from router.protocols import Dispatch
from router.trail import Trail
from tests.unit.clock import ManualClock
from tests.unit.router.cascade.test_walk import RULES, model, outcomes

PATIENT, AT_ONCE = LaneRules(3_600.0, 100), LaneRules(0.0, 100)
ONE_PLACE = ModelCapacity(concurrent=1)


class HoldingBackend:
    """Begins its answers at once, and ends each when its client does; `broken` ones never begin."""

    def __init__(self, broken: Exception | None = None) -> None:
        self.broken = broken
        self.asked = 0

    async def attempt(self, dispatch: Dispatch) -> AsyncIterator[JsonObject]:
        self.asked += 1
        if self.broken is not None:
            raise self.broken
        yield {"answered_by": dispatch.model}


class SilentBackend(HoldingBackend):
    """Takes requests, and says nothing."""

    def __init__(self) -> None:
        super().__init__()
        self.was_asked = asyncio.Event()

    async def attempt(self, dispatch: Dispatch) -> AsyncIterator[JsonObject]:
        self.was_asked.set()
        await asyncio.Event().wait()
        yield {}


class Walk:
    """A cascade over models a, b, …, each with one place."""

    def __init__(self, *backends: HoldingBackend, lanes: LaneRules = AT_ONCE) -> None:
        models = [model("abcdef"[place]) for place in range(len(backends))]
        self.plan = tuple(PlanStep(each, Tier.FAST) for each in models)
        self.clock = ManualClock()
        self.capacity = CapacityRules(
            must_stay=lanes,
            others=lanes,
            before_next_s=0.0,
            models={each.key: ONE_PLACE for each in models},
        )
        self.gates = Gates(self.clock, rules=self.capacity)
        self.cascade = Cascade(
            rules=replace(RULES, attempts_per_model=1),
            backends=dict(zip((each.key for each in models), backends, strict=True)),
            office=ClearanceOffice(Ed25519PrivateKey.generate()),
            clock=self.clock,
            random=Random(0),
            gates=self.gates,
        )

    async def ask(self, lane: Lane = Lane.OTHERS, trail: Trail | None = None):  # type: ignore[no-untyped-def]
        body: JsonObject = {"model": "auto", "messages": [{"role": "user", "content": "hi"}]}
        request = InferenceRequest("request", Endpoint.CHAT, body, "auto", stream=False)
        keys = tuple(step.model.key for step in self.plan)
        decision = Decision("auto", DataClass.INTERNAL, keys, (), self.plan, (), "sha256:0")
        return await self.cascade.serve(
            request, decision, self.plan, "salt", trail or Trail("r"), claim=Claim("team", lane)
        )

    def inside(self) -> int:
        return sum(load.levels[lane].inside for load in self.gates.load().values() for lane in Lane)


async def test_a_full_model_is_passed_by_for_the_next_of_the_plan() -> None:
    walk = Walk(HoldingBackend(), HoldingBackend())
    held, trail = await walk.ask(), Trail("r")
    answer = await walk.ask(trail=trail)
    assert await anext(answer) == {"answered_by": "b@1"}
    assert outcomes(trail) == [("a@1", "no_room"), ("b@1", "answered")]
    assert trail.fallbacks == ("a@1",)
    for each in (held, answer):
        await each.aclose()
    assert walk.inside() == 0


async def test_who_may_go_elsewhere_is_asked_to_send_less() -> None:
    walk = Walk(HoldingBackend())
    held = await walk.ask()
    with pytest.raises(Overloaded) as refused:
        await walk.ask()
    assert refused.value.retry_after_s == RULES.retry_after_s
    await held.aclose()


async def test_a_cluster_that_is_full_for_what_must_stay_is_down_for_it() -> None:
    walk = Walk(HoldingBackend())
    held = await walk.ask()
    with pytest.raises(NothingAvailable, match="has room now"):
        await walk.ask(Lane.MUST_STAY)
    await held.aclose()


async def test_a_client_is_told_when_a_place_may_be_free() -> None:
    walk = Walk(HoldingBackend())
    held = await walk.ask()
    walk.clock.advance(42.0)
    await held.aclose()
    held = await walk.ask()
    for lane, error in ((Lane.OTHERS, Overloaded), (Lane.MUST_STAY, NothingAvailable)):
        with pytest.raises(error) as refused:
            await walk.ask(lane)
        assert refused.value.retry_after_s == 42
    await held.aclose()


async def test_full_beside_down_is_full_to_who_may_go_elsewhere() -> None:
    walk = Walk(HoldingBackend(), HoldingBackend(BackendUnreachable("gone")))
    held = await walk.ask()
    with pytest.raises(Overloaded):
        await walk.ask()
    with pytest.raises(NothingAvailable):
        await walk.ask(Lane.MUST_STAY)
    await held.aclose()


async def test_who_waited_has_it_on_record_and_the_next_one_gets_the_place() -> None:
    walk = Walk(HoldingBackend(), lanes=PATIENT)
    held, trail = await walk.ask(), Trail("r")
    waiting = asyncio.create_task(walk.ask(trail=trail))
    await asyncio.sleep(0)
    walk.clock.advance(1.5)
    await held.aclose()
    answer = await waiting
    assert outcomes(trail) == [("a@1", "queued"), ("a@1", "answered")]
    assert [attempt.latency_s for attempt in trail.attempts] == [1.5, 0.0]
    assert trail.fallbacks == ()
    await answer.aclose()
    assert walk.inside() == 0


async def test_who_leaves_the_queue_has_been_sent_nowhere() -> None:
    backend = HoldingBackend()
    walk = Walk(backend, lanes=PATIENT)
    held, trail = await walk.ask(), Trail("r")
    waiting = asyncio.create_task(walk.ask(trail=trail))
    await asyncio.sleep(0)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert outcomes(trail) == [("a@1", "queued")]
    assert backend.asked == 1
    await held.aclose()
    assert walk.inside() == 0


@pytest.mark.parametrize("failure", [BackendBroken("x"), BackendUnreachable("x"), RuntimeError()])
async def test_an_attempt_that_fails_gives_its_place_back(failure: Exception) -> None:
    walk = Walk(HoldingBackend(failure))
    for _ in range(2):
        with pytest.raises(Exception) as told:
            await walk.ask()
        assert not isinstance(told.value, Overloaded)
    assert walk.inside() == 0


async def test_nobody_waits_for_a_model_that_is_known_to_be_down() -> None:
    backend = HoldingBackend(BackendUnreachable("gone"))
    walk = Walk(backend, lanes=PATIENT)
    for _ in range(RULES.breaker.failures_to_open):
        with pytest.raises(NothingAvailable):
            await walk.ask()
    holder = await walk.gates.enter("a@1", Claim("x", Lane.OTHERS), cost=1, wait_s=0.0)
    trail = Trail("r")
    with pytest.raises(NothingAvailable):
        await walk.ask(trail=trail)
    assert outcomes(trail) == [("a@1", "breaker_open")]
    holder.release()


async def test_a_drained_model_is_passed_by_for_the_next_of_the_plan() -> None:
    walk = Walk(HoldingBackend(), HoldingBackend())
    walk.gates.drain(["a@1"])
    trail = Trail("r")
    answer = await walk.ask(trail=trail)
    assert outcomes(trail) == [("a@1", "drained"), ("b@1", "answered")]
    await answer.aclose()


@pytest.mark.parametrize("lane", list(Lane))
async def test_where_all_is_drained_nothing_is_up(lane: Lane) -> None:
    walk = Walk(HoldingBackend())
    walk.gates.drain(["a@1"])
    with pytest.raises(NothingAvailable, match="is up now"):
        await walk.ask(lane)


async def test_what_is_cut_before_it_answers_goes_on_to_the_next_model() -> None:
    silent = SilentBackend()
    walk = Walk(silent, HoldingBackend())
    trail = Trail("r")
    asking = asyncio.create_task(walk.ask(trail=trail))
    await silent.was_asked.wait()
    walk.gates.drain(["a@1"])
    walk.gates.end("a@1")
    answer = await asking
    assert await anext(answer) == {"answered_by": "b@1"}
    assert outcomes(trail) == [("a@1", "cancelled"), ("b@1", "answered")]
    assert walk.gates.presence("a@1").cut == 1
    await answer.aclose()
