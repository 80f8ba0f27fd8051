"""What keeps failing is left alone, then asked once, carefully."""

from __future__ import annotations

import pytest

from router.cascade.breaker import Breaker, BreakerState
from router.policy.policy import BreakerRules
from tests.unit.clock import ManualClock

RULES = BreakerRules(failures_to_open=3, open_s=10)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def breaker(clock: ManualClock) -> Breaker:
    return Breaker(RULES, clock)


def fail(breaker: Breaker, times: int) -> None:
    for _ in range(times):
        assert breaker.admit()
        breaker.failed()


def test_opens_after_so_many_failures_in_a_row(breaker: Breaker) -> None:
    fail(breaker, 2)
    assert breaker.state is BreakerState.CLOSED
    fail(breaker, 1)
    assert breaker.state is BreakerState.OPEN
    assert not breaker.admit()


def test_a_success_between_failures_starts_the_count_anew(breaker: Breaker) -> None:
    fail(breaker, 2)
    breaker.succeeded()
    fail(breaker, 2)
    assert breaker.state is BreakerState.CLOSED


def test_half_open_lets_exactly_one_probe_through(breaker: Breaker, clock: ManualClock) -> None:
    fail(breaker, 3)
    clock.advance(10)
    assert breaker.state is BreakerState.HALF_OPEN
    assert breaker.admit()
    assert not breaker.admit()


def test_a_probe_that_succeeds_closes_it(breaker: Breaker, clock: ManualClock) -> None:
    fail(breaker, 3)
    clock.advance(10)
    assert breaker.admit()
    breaker.succeeded()
    assert breaker.state is BreakerState.CLOSED


def test_a_probe_that_fails_opens_it_for_as_long_again(
    breaker: Breaker, clock: ManualClock
) -> None:
    fail(breaker, 3)
    clock.advance(10)
    assert breaker.admit()
    breaker.failed()
    assert breaker.opens_in_s() == 10
    assert not breaker.admit()


def test_a_probe_whose_client_left_makes_room_for_another(
    breaker: Breaker, clock: ManualClock
) -> None:
    fail(breaker, 3)
    clock.advance(10)
    assert breaker.admit()
    breaker.undecided()
    assert breaker.admit()
