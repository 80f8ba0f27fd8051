"""A request that is served twice, by parts of its plan: one deadline, one patience, one record."""

from __future__ import annotations

from random import Random

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from router.cascade.walk import QUEUED, Cascade
from router.domain import (
    Attempt,
    DataClass,
    Decision,
    Endpoint,
    InferenceRequest,
    PlanStep,
    Tier,
)
from router.egress.clearance import ClearanceOffice
from router.errors import NothingAvailable, Overloaded
from router.load.gates import Gates
from router.load.rules import CapacityRules, LaneRules, ModelCapacity
from router.trail import Trail
from tests.unit.clock import ManualClock
from tests.unit.router.cascade.test_walk import CLAIM, RULES, ScriptedBackend, model, outcomes

STEP = PlanStep(model("a"), Tier.FAST)
REQUEST = InferenceRequest("request", Endpoint.CHAT, {"messages": []}, "auto", stream=False)
DECISION = Decision("auto", DataClass.INTERNAL, ("a@1",), (), (STEP,), (), "sha256:0")
PATIENCE_S = 10.0


class Again:
    def __init__(self) -> None:
        self.clock, self.backend = ManualClock(), ScriptedBackend()
        rules = CapacityRules(
            others=LaneRules(PATIENCE_S, 100), models={"a@1": ModelCapacity(concurrent=1)}
        )
        self.cascade = Cascade(
            rules=RULES,
            backends={"a@1": self.backend},
            office=ClearanceOffice(Ed25519PrivateKey.generate()),
            clock=self.clock,
            random=Random(0),
            gates=Gates(self.clock, rules=rules),
        )

    async def serve(self, trail: Trail, deadline_s: float | None = None) -> None:
        answer = await self.cascade.serve(
            REQUEST, DECISION, (STEP,), "salt", trail, claim=CLAIM, deadline_s=deadline_s
        )
        await answer.aclose()


async def test_a_deadline_that_has_passed_is_not_begun_again() -> None:
    again = Again()
    with pytest.raises(NothingAvailable):
        await again.serve(Trail("request"), deadline_s=again.clock.monotonic_s() - 1)
    assert again.backend.dispatches == []


async def test_attempts_are_numbered_through() -> None:
    again, trail = Again(), Trail("request")
    await again.serve(trail)
    await again.serve(trail)
    assert [dispatch.attempt for dispatch in again.backend.dispatches] == [1, 2]
    assert outcomes(trail) == [("a@1", "answered")] * 2


async def test_who_has_waited_before_has_less_patience_left() -> None:
    again = Again()
    waited = Trail("request", attempts=[Attempt("b@1", Tier.FAST, QUEUED, PATIENCE_S)])
    holds = await again.cascade.serve(
        REQUEST, DECISION, (STEP,), "salt", Trail("another"), claim=CLAIM
    )
    with pytest.raises(Overloaded):
        await again.serve(waited)
    await holds.aclose()
    await again.serve(waited)
