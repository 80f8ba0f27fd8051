"""What the gate's statistics promise: bounds that hold, and tests that are exact."""

from __future__ import annotations

import math
from collections import Counter
from fractions import Fraction
from functools import cache
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.quality.gate.cost import cost_change
from benchmarks.quality.gate.holm import adjusted
from benchmarks.quality.gate.mcnemar import p_worse
from benchmarks.quality.gate.needed import fewest_items, items_for_equals, items_needed
from benchmarks.quality.gate.noninferiority import ALPHA, Sampled, difference
from benchmarks.quality.gate.pairs import Pairs
from benchmarks.quality.gate.slices import Counted, SliceState, judged
from router.gate.rules import CriticalSlice

MARGIN = 0.02
COUNTS = st.integers(0, 60)
P_VALUES = st.lists(st.floats(0, 1), max_size=8)


@given(won=COUNTS, lost=COUNTS)
def test_mcnemar_is_the_binomial_tail(won: int, lost: int) -> None:
    pairs = won + lost
    tail = sum(math.comb(pairs, count) for count in range(lost, pairs + 1))
    assert p_worse(won, lost) == float(Fraction(tail, 2**pairs))


def test_mcnemar_counts_what_can_be_counted_by_hand() -> None:
    assert p_worse(0, 0) == 1.0
    assert p_worse(0, 5) == 1 / 32
    assert p_worse(5, 0) == 1.0
    every = list(product((False, True), repeat=6))
    assert p_worse(1, 5) == sum(sum(each) >= 5 for each in every) / len(every)
    with pytest.raises(ValueError, match="negative"):
        p_worse(-1, 2)


@given(p_values=P_VALUES)
def test_holm_never_makes_a_test_easier_and_keeps_the_order(p_values: list[float]) -> None:
    found = adjusted(p_values)
    assert all(p <= after <= 1 for p, after in zip(p_values, found, strict=True))
    ranked = [found[index] for index in sorted(range(len(p_values)), key=p_values.__getitem__)]
    assert ranked == sorted(ranked)


def test_holm_as_in_its_paper() -> None:
    assert adjusted([0.01, 0.04, 0.03, 0.005]) == pytest.approx((0.03, 0.06, 0.06, 0.02))


@settings(max_examples=50)
@given(st.lists(st.sampled_from([-1.0, -0.5, 0.0, 0.5, 1.0]), min_size=2, max_size=150))
def test_what_was_found_lies_between_bounds_that_mirror_each_other(found: list[float]) -> None:
    values = np.array(found)
    there, back = difference(values), difference(-values)
    assert there.low <= there.mean <= there.high or len(found) < 20
    assert there.low == pytest.approx(-back.high)
    assert there.high == pytest.approx(-back.low)


@settings(max_examples=50)
@given(
    st.lists(st.sampled_from([-1.0, 0.0, 0.5, 1.0]), min_size=5, max_size=100),
    st.floats(0, 0.5),
)
def test_what_is_not_known_widens_both_bounds(found: list[float], missing: float) -> None:
    known, unknown = difference(np.array(found)), difference(np.array(found), missing=missing)
    assert unknown.low == pytest.approx(known.low - missing)
    assert unknown.high == pytest.approx(known.high + missing)


def test_pairs_that_never_differ_prove_nothing_when_they_are_few() -> None:
    fewest = fewest_items(MARGIN)
    assert fewest == 149
    assert (1 - MARGIN) ** fewest <= ALPHA < (1 - MARGIN) ** (fewest - 1)
    assert not difference(np.zeros(50)).is_noninferior(MARGIN)
    assert not difference(np.full(50, 0.001)).is_noninferior(MARGIN)
    assert difference(np.zeros(fewest)).is_noninferior(MARGIN)
    with pytest.raises(ValueError, match="no pair"):
        difference(np.array([]))


@pytest.mark.parametrize(
    ("items", "won", "lost"),
    [(149, 0.01, 0.03), (149, 0.0, 0.02), (300, 0.03, 0.05), (1_000, 0.08, 0.10), (1_000, 0, 0.02)],
)
def test_what_is_as_bad_as_the_margin_passes_in_one_of_twenty_at_most(
    items: int, won: float, lost: float
) -> None:
    """Calibration by simulation; the bound has room for how exact 4,000 runs are."""
    generator = np.random.default_rng(6)
    runs = 4_000
    counts = generator.multinomial(items, [won, lost, 1 - won - lost], size=runs)
    passed = 0
    for (better, worse), times in Counter((int(b), int(w)) for b, w, _ in counts).items():
        pairs = np.zeros(items)
        pairs[:better], pairs[better : better + worse] = 1.0, -1.0
        passed += times * difference(pairs).is_noninferior(MARGIN)
    assert passed / runs <= ALPHA + 2.6 * math.sqrt(ALPHA * (1 - ALPHA) / runs)


@pytest.mark.parametrize("items", [59, 100, 200])
@pytest.mark.parametrize("differing", [0.05, 0.15])
def test_a_slice_that_is_as_bad_as_its_margin_passes_in_one_of_twenty_at_most(
    items: int, differing: float
) -> None:
    generator = np.random.default_rng(9)
    runs, margin = 4_000, 0.05
    won, lost = (differing - margin) / 2, (differing + margin) / 2
    passed = 0
    for better, worse, _ in generator.multinomial(items, [won, lost, 1 - differing], size=runs):
        passed += state(items, int(better), int(worse)) is SliceState.UNHARMED
    assert passed / runs <= ALPHA + 2.6 * math.sqrt(ALPHA * (1 - ALPHA) / runs)


@cache
def state(items: int, won: int, lost: int) -> SliceState:
    """Of a slice by itself, in which every decision changes."""
    pairs = np.zeros(items)
    pairs[:won], pairs[won : won + lost] = 1.0, -1.0
    counted = Counted(CriticalSlice("a"), Pairs(difference(pairs), 1.0, won, lost))
    return judged([counted])[0].state


def test_what_a_slice_comes_to() -> None:
    assert state(200, 0, 0) is SliceState.UNHARMED
    assert state(200, 0, 20) is SliceState.HARMED
    assert state(200, 20, 20) is SliceState.UNSURE, "no harm is shown, and none excluded"
    assert state(58, 0, 0) is SliceState.TOO_FEW
    still = Pairs(difference(np.zeros(10)), 0.0, 0, 0)
    assert judged([Counted(CriticalSlice("a"), still)])[0].state is SliceState.UNTOUCHED
    lacking = Pairs(difference(np.zeros(200), missing=0.06), 1.0, 0, 0)
    assert judged([Counted(CriticalSlice("a"), lacking)])[0].state is SliceState.UNKNOWN
    assert judged([Counted(CriticalSlice("a"), None)])[0].state is SliceState.TOO_FEW


def test_scores_in_between_keep_the_promise_too() -> None:
    generator = np.random.default_rng(7)
    pairs = generator.choice(
        [-0.5, -0.25, 0.0, 0.25], p=[0.04, 0.08, 0.80, 0.08], size=(3_000, 400)
    )
    passed = sum(difference(each).is_noninferior(MARGIN) for each in pairs)
    assert passed / len(pairs) <= ALPHA + 0.01


def test_a_random_part_that_was_asked_again_stands_for_all_of_it() -> None:
    """Half of 1,000 items needs asking; 200 of those are asked, and stand for 500."""
    generator = np.random.default_rng(8)
    held = 0
    runs = 1_500
    for _ in range(runs):
        true = np.zeros(1_000)
        true[:500] = generator.choice([-1.0, 0.0, 1.0], p=[0.10, 0.84, 0.06], size=500)
        chosen = generator.choice(500, size=200, replace=False)
        values = np.concatenate([true[chosen], true[500:]])
        weights = np.concatenate([np.full(200, 2.5), np.ones(500)])
        is_drawn = np.concatenate([np.ones(200, bool), np.zeros(500, bool)])
        found = difference(values, weights=weights, sampled=Sampled(is_drawn, 200, 500))
        assert found.items == 1_000
        held += found.low <= -0.02 <= found.high
    assert held / runs >= 1 - 2 * ALPHA - 0.02


def test_the_second_draw_makes_it_less_sure() -> None:
    values = np.tile([1.0, -1.0, 0.0, 0.0], 50)
    assert difference(values).low == pytest.approx(difference(values + 1e-12).low, abs=2e-3)
    weights = np.full(200, 5.0)
    whole = np.ones(200, bool)
    sure = difference(values, weights=weights, sampled=Sampled(whole, 200, 200))
    less = difference(values, weights=weights, sampled=Sampled(whole, 200, 1_000))
    assert less.low < sure.low


def test_items_that_are_said_to_be_needed_do_settle_it() -> None:
    pairs = np.zeros(400)
    pairs[:20], pairs[20:40] = 1.0, -1.0
    found = difference(pairs)
    needed = items_needed(found, MARGIN)
    assert needed is not None
    assert not found.is_noninferior(MARGIN)
    assert needed == items_for_equals(found.sd, MARGIN)
    assert difference(np.tile(pairs, -(-needed // 400))).is_noninferior(MARGIN)
    assert items_needed(difference(pairs, missing=0.1), MARGIN) is None


@settings(max_examples=8)
@given(st.lists(st.floats(1, 100), min_size=3, max_size=10))
def test_prices_that_double_double_the_cost_exactly(costs: list[float]) -> None:
    old = np.array(costs)
    found = cost_change(old, 2 * old, np.ones(len(old)))
    assert found is not None
    assert found.ratio == pytest.approx(2)
    assert found.ratio_interval == pytest.approx((2, 2))
    assert found.new_nano_usd - found.old_nano_usd == pytest.approx(old.mean())


def test_cost_without_items_and_without_a_price() -> None:
    assert cost_change(np.array([]), np.array([]), np.array([])) is None
    free = cost_change(np.zeros(5), np.ones(5), np.ones(5))
    assert free is not None
    assert (free.ratio, free.difference_nano_usd) == (None, (1.0, 1.0))
