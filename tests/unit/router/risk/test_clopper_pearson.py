"""The bound of a rate that was counted is exact."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from router.risk.binomial import at_most
from router.risk.clopper_pearson import interval, lower_bound, trials_needed, upper_bound

counts = st.integers(1, 20_000).flatmap(
    lambda trials: st.tuples(st.integers(0, trials), st.just(trials))
)
rates = st.floats(0, 1)
confidences = st.sampled_from((0.5, 0.8, 0.9, 0.95, 0.975, 0.99, 0.999))


@settings(max_examples=50)
@given(counts, rates)
def test_the_tail_is_that_of_a_library_of_statistics(counted: tuple[int, int], rate: float) -> None:
    hits, trials = counted
    assert at_most(hits, trials, rate) == pytest.approx(
        stats.binom.cdf(hits, trials, rate), abs=1e-9
    )


@settings(max_examples=50)
@given(counts, confidences)
def test_the_bounds_are_those_of_a_library_of_statistics(
    counted: tuple[int, int], confidence: float
) -> None:
    hits, trials = counted
    exact = stats.binomtest(hits, trials).proportion_ci(2 * confidence - 1, method="exact")
    if confidence > 0.5:
        assert upper_bound(hits, trials, confidence) == pytest.approx(exact.high, abs=1e-8)
        assert lower_bound(hits, trials, confidence) == pytest.approx(exact.low, abs=1e-8)


@settings(max_examples=50)
@given(counts, confidences)
def test_more_wrong_or_more_confidence_never_bounds_a_rate_lower(
    counted: tuple[int, int], confidence: float
) -> None:
    hits, trials = counted
    bound = upper_bound(hits, trials, confidence)
    assert hits / trials <= bound <= 1
    assert upper_bound(max(0, hits - 1), trials, confidence) <= bound
    assert bound <= upper_bound(hits, trials, (1 + confidence) / 2)


@pytest.mark.parametrize("rate", [0.01, 0.05, 0.3])
@pytest.mark.parametrize("trials", [30, 100])
def test_the_true_rate_is_below_the_bound_as_often_as_was_said(rate: float, trials: int) -> None:
    """Exactly: the probability of every count, by a bound of each."""
    covered = sum(
        stats.binom.pmf(hits, trials, rate)
        for hits in range(trials + 1)
        if upper_bound(hits, trials, 0.95) >= rate
    )
    assert covered >= 0.95 - 1e-9


def test_a_bound_of_nothing_says_nothing() -> None:
    assert upper_bound(0, 0, 0.95) == 1.0
    assert lower_bound(0, 0, 0.95) == 0.0


def test_an_interval_has_its_confidence_between_both_ends() -> None:
    exact = stats.binomtest(7, 120).proportion_ci(0.95, method="exact")
    assert interval(7, 120, 0.95) == pytest.approx((exact.low, exact.high))


@pytest.mark.parametrize(
    ("max_rate", "confidence", "needed"), [(0.05, 0.95, 59), (0.01, 0.95, 299), (0.05, 0.99, 90)]
)
def test_so_many_trials_without_a_hit_are_enough_and_no_fewer(
    max_rate: float, confidence: float, needed: int
) -> None:
    assert trials_needed(max_rate, confidence) == needed
    assert upper_bound(0, needed, confidence) <= max_rate < upper_bound(0, needed - 1, confidence)


@pytest.mark.parametrize(
    ("hits", "trials", "confidence"), [(2, 1, 0.95), (-1, 1, 0.95), (0, 1, 1), (0, 1, 0)]
)
def test_counts_that_contradict_each_other_are_refused(
    hits: int, trials: int, confidence: float
) -> None:
    with pytest.raises(ValueError):
        upper_bound(hits, trials, confidence)


def test_what_is_no_distribution_is_refused() -> None:
    with pytest.raises(ValueError):
        at_most(1, 2, 1.5)
    assert np.isclose(at_most(-1, 2, 0.5), 0)
