"""The price ratio at which a cascade pays is where simulating it says that it does."""

from __future__ import annotations

from math import inf

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from router.risk.break_even import (
    Operation,
    acceptance_against_strong,
    price_ratio,
    ratio_against_mix,
    ratio_against_strong,
    recovered_against_mix,
)
from router.risk.gain import Stake, gain_of_keeping_usd, least_probability_kept

shares = st.floats(0.01, 0.99)


def operation(ratio: float, escalated: float, recovered: float) -> Operation:
    """Of two models that are right in .4 and .8 of all cases."""
    return Operation(1.0, ratio, escalated, 0.4, 0.8, 0.4 + recovered * 0.4)


@given(shares, st.floats(1.01, 1_000))
def test_above_its_break_even_a_cascade_costs_less_than_always_the_strong_model(
    accepted: float, ratio: float
) -> None:
    limit = ratio_against_strong(accepted)
    assume(abs(ratio - limit) > 1e-6 * limit)
    cascade = operation(ratio, 1 - accepted, 0.5)
    assert (cascade.cost_usd < cascade.strong_cost_usd) == (ratio > limit)
    needed = acceptance_against_strong(ratio)
    assert (accepted > needed) == (ratio > limit)


@given(shares, shares, st.floats(1.01, 1_000))
def test_above_its_break_even_a_cascade_is_better_than_a_mix_of_equal_cost(
    escalated: float, recovered: float, ratio: float
) -> None:
    limit = ratio_against_mix(escalated, recovered)
    assume(abs(ratio - limit) > 1e-6 * min(limit, 1e6))
    cascade = operation(ratio, escalated, recovered)
    # A mix that would have to ask the strong model more than always is always the strong model.
    assume(cascade.cost_usd < cascade.strong_cost_usd)
    assert (cascade.over_mix > 1e-12) == (ratio > limit)
    assert (recovered > recovered_against_mix(escalated, ratio)) == (ratio > limit)


def test_the_mix_costs_what_the_cascade_costs() -> None:
    cascade = operation(10.0, 0.3, 0.5)
    share = (cascade.cost_usd - 1.0) / 9.0
    assert (1 - share) * 1.0 + share * 10.0 == pytest.approx(cascade.cost_usd)
    assert cascade.mix_quality == pytest.approx(0.4 + share * 0.4)


@given(shares, st.floats(0, 1))
def test_a_judge_that_draws_lots_never_pays(escalated: float, less: float) -> None:
    assert ratio_against_mix(escalated, escalated * less) == inf


def test_a_small_price_ratio_gives_nothing_that_a_large_one_does() -> None:
    """A judge that recovers .6 of the gap with .4 of the requests pays at 40 and not at 2.5."""
    assert operation(2.5, 0.4, 0.6).over_mix < 0 < operation(40.0, 0.4, 0.6).over_mix
    assert ratio_against_mix(0.4, 0.6) == pytest.approx(3.0)


def test_a_cheap_model_that_is_free_pays_as_soon_as_the_judge_tells_anything() -> None:
    free = Operation(0.0, 1.0, 0.4, 0.4, 0.8, 0.4 + 0.41 * 0.4)
    assert free.price_ratio == inf
    assert free.over_mix > 0
    assert recovered_against_mix(0.4, inf) == 0.4


def test_two_models_of_one_price_have_nothing_to_save() -> None:
    same = Operation(1.0, 1.0, 0.2, 0.4, 0.8, 0.7)
    assert same.cost_usd > same.strong_cost_usd
    assert same.mix_quality == 0.8
    assert recovered_against_mix(0.2, 1.0) == inf
    assert price_ratio(0.0, 0.0) == 1.0


def test_nothing_is_recovered_of_a_gap_that_is_not_there() -> None:
    assert Operation(1.0, 9.0, 0.2, 0.8, 0.8, 0.8).recovered is None


def test_what_keeps_nothing_never_costs_less() -> None:
    assert ratio_against_strong(0.0) == inf


STAKE = Stake(value_of_right_usd=0.10, strong_cost_usd=0.01)


def test_an_answer_is_kept_where_asking_again_is_not_worth_its_price() -> None:
    assert gain_of_keeping_usd(0.85, 0.9, STAKE) > 0 > gain_of_keeping_usd(0.7, 0.9, STAKE)


def test_where_both_are_likely_wrong_escalating_buys_nothing() -> None:
    assert gain_of_keeping_usd(0.05, 0.1, STAKE) > 0


@given(st.floats(0, 1), st.floats(0, 1), st.floats(0.001, 1), st.floats(0, 1))
def test_the_least_probability_is_where_the_gain_turns(
    p_cheap: float, p_strong: float, value_usd: float, cost_usd: float
) -> None:
    stake = Stake(value_usd, cost_usd)
    least = least_probability_kept(p_strong, stake)
    assume(abs(p_cheap - least) > 1e-9)
    assert (gain_of_keeping_usd(p_cheap, p_strong, stake) > 0) == (p_cheap > least)


def test_where_a_right_answer_is_worth_nothing_every_answer_is_kept() -> None:
    assert least_probability_kept(1.0, Stake(0.0, 0.01)) == 0.0
