"""What the gateway adds is the median of pairs, and its interval knows of pairs."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client import CollectorRegistry, generate_latest

from benchmarks.overhead.figures import added_ms
from benchmarks.overhead.steps import rise, spent
from router.telemetry.steps import Step
from serving.telemetry.families import Families

DURATIONS_MS = st.lists(st.floats(1, 1_000), min_size=2, max_size=30)


@given(bare=DURATIONS_MS, added=st.floats(-50, 50))
def test_what_is_the_same_in_each_pair_has_no_spread_whatever_the_machine_does(
    bare: list[float], added: float
) -> None:
    found = added_ms(bare, [each + added for each in bare], 1)
    for value in (found.p50_ms, found.low_ms, found.high_ms, found.mean_ms):
        assert value == pytest.approx(added, abs=1e-3)


def test_one_slow_pair_moves_the_mean_and_not_the_median() -> None:
    found = added_ms([60.0] * 101, [70.0] * 100 + [1_070.0], 1)
    assert (found.p50_ms, found.low_ms, found.high_ms) == (10, 10, 10)
    assert found.mean_ms == pytest.approx(10 + 1_000 / 101, rel=1e-4)


def test_the_interval_holds_the_median_and_the_same_seed_draws_the_same() -> None:
    bare = [float(number % 7) for number in range(100)]
    gateway = [float(number % 11) + 5 for number in range(100)]
    found = added_ms(bare, gateway, 3)
    assert found.low_ms < found.p50_ms < found.high_ms
    assert found == added_ms(bare, gateway, 3)


@pytest.mark.parametrize(("bare", "gateway"), [([], []), ([1.0], [1.0, 2.0])])
def test_what_are_no_pairs_is_refused(bare: list[float], gateway: list[float]) -> None:
    with pytest.raises(ValueError, match="pairs"):
        added_ms(bare, gateway, 1)


def test_steps_are_read_from_the_gateways_own_page() -> None:
    registry = CollectorRegistry()
    families = Families(registry)
    families.steps_s.labels("classify").observe(0.5)
    before = spent(generate_latest(registry).decode())
    for seconds in (0.002, 0.004):
        families.steps_s.labels("classify").observe(seconds)
    families.steps_s.labels("record").observe(0.01)
    rose = rise(before, spent(generate_latest(registry).decode()))
    assert (rose[Step.CLASSIFY].count, rose[Step.RECORD].count) == (2, 1)
    assert rose[Step.CLASSIFY].mean_ms == pytest.approx(3)
    assert rose[Step.CLOSE].count == 0
