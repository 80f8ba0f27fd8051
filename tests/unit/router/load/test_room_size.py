"""How many places there are, when one may be free, and who goes first."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.domain import DataClass, Decision, Endpoint, InferenceRequest, Principal, Tier
from router.load.lane import lane_of
from router.load.rules import CapacityRules, Lane, ModelCapacity
from router.load.size import FleetAsWritten, Size, size_of
from router.load.turnover import Turnover

RULES = CapacityRules(gateways=2)


class Fleet:
    def __init__(self, replicas: int | None, gateways: int | None) -> None:
        self._replicas, self._gateways = replicas, gateways

    def replicas(self, model: str) -> int | None:
        return self._replicas

    def gateways(self) -> int | None:
        return self._gateways


@pytest.mark.parametrize(
    ("replicas", "gateways", "places"),
    [(None, None, 96), (6, None, 192), (None, 3, 64), (6, 1, 384), (0, 2, 96), (1, 1_000, 1)],
)
def test_gateways_share_what_the_replicas_that_run_take(
    replicas: int | None, gateways: int | None, places: int
) -> None:
    model = ModelCapacity(per_replica=64, replicas=3)
    assert size_of("m@1", model, RULES, Fleet(replicas, gateways)).places == places


def test_what_the_policy_says_of_a_gateway_holds_whatever_runs() -> None:
    assert size_of("m@1", ModelCapacity(concurrent=5), RULES, Fleet(100, 7)).places == 5


@given(st.integers(1, 500), st.floats(0, 1), st.floats(0, 0.99))
def test_shares_leave_what_they_promise(places: int, reserved: float, headroom: float) -> None:
    model = ModelCapacity(concurrent=places, reserved=reserved)
    size = size_of("m@1", model, replace(RULES, headroom=headroom), FleetAsWritten())
    assert places * reserved <= size.reserved <= places
    assert size.of(Lane.MUST_STAY) == places
    for lane in Lane:
        assert (size.of_team(lane) >= 1) == (size.of(lane) >= 1)
        assert size.of_team(lane) <= size.of(lane)


def test_a_single_place_with_a_share_reserved_is_for_what_must_stay() -> None:
    size = size_of("m@1", ModelCapacity(concurrent=1, reserved=0.1), RULES, FleetAsWritten())
    assert (size.of(Lane.MUST_STAY), size.of(Lane.OTHERS)) == (1, 0)


def test_who_is_told_to_come_back_is_told_when_its_turn_would_come() -> None:
    turnover = Turnover()
    assert turnover.wait_s(10, 4) is None
    for _ in range(50):
        turnover.held(2.0)
    assert turnover.wait_s(0, 4) == 1
    assert turnover.wait_s(39, 4) == 20
    assert turnover.wait_s(1, 0) is None
    assert turnover.wait_s(10**9, 1) == 600


def test_it_follows_what_places_are_held_for_now() -> None:
    turnover = Turnover()
    turnover.held(100.0)
    for _ in range(50):
        turnover.held(1.0)
    assert turnover.wait_s(0, 1) == 2


def asked(
    data_class: DataClass, choice: str = "auto", *, by_endpoint: bool = False, by_key: bool = False
) -> Lane:
    request = InferenceRequest("r", Endpoint.CHAT, {}, choice, False, private_only=by_endpoint)
    principal = Principal("key", "team", DataClass.PUBLIC, frozenset(Tier), private_only=by_key)
    decision = Decision(choice, data_class, (), (), (), (), "sha256:0")
    return lane_of(request, principal, decision, CapacityRules())


@pytest.mark.parametrize("choice", ["auto", "fast", "balanced", "some-model"])
def test_classes_that_cannot_leave_must_stay_whatever_was_chosen(choice: str) -> None:
    lanes = [asked(data_class, choice) for data_class in DataClass]
    assert lanes == [Lane.OTHERS, Lane.OTHERS, Lane.MUST_STAY, Lane.MUST_STAY]


def test_whoever_asks_that_it_stays_has_asked_for_a_place_among_it() -> None:
    assert asked(DataClass.PUBLIC, "private") is Lane.MUST_STAY
    assert asked(DataClass.PUBLIC, by_endpoint=True) is Lane.MUST_STAY
    assert asked(DataClass.PUBLIC, by_key=True) is Lane.MUST_STAY


def test_sizes_of_lanes() -> None:
    size = Size(places=10, reserved=4, headroom=0.25)
    assert (size.of(Lane.MUST_STAY), size.of(Lane.OTHERS)) == (10, 6)
    assert (size.of_team(Lane.MUST_STAY), size.of_team(Lane.OTHERS)) == (8, 5)
