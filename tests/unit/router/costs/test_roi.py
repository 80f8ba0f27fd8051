"""What routing is worth stands beside what else could have been done, where that is known."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.costs.cell import Cell
from router.costs.figures import OPINIONS_NEEDED, Figure, Pair, with_opinions
from router.costs.query import Opinion
from router.costs.roi import BEST, BEST_AT_COST, MIX, hull, roi
from router.domain import Price

PRICES = {"small@1": Price(1.0, 1.0), "large@1": Price(10.0, 10.0), "middle@1": Price(4.0, 4.0)}
FIGURES: dict[Pair, Figure] = {
    ("maths", "small@1"): Figure(0.4, 0.35, 0.45, 200),
    ("maths", "large@1"): Figure(0.9, 0.87, 0.93, 200),
    ("code", "small@1"): Figure(0.8, 0.75, 0.85, 200),
    ("code", "large@1"): Figure(0.85, 0.8, 0.9, 200),
}
EVERYTHING = frozenset({"small@1", "large@1"})


def cell(
    task: str,
    model: str,
    requests: int = 100,
    permitted: frozenset[str] = EVERYTHING,
    tokens: int = 1_000,
) -> Cell:
    """`tokens` are those of each request, in and out."""
    cost = round(requests * tokens * PRICES[model].input_usd_per_mtok * 1_000)
    half = requests * tokens // 2
    return Cell("2025-11-22", "t", model, "fast", task, permitted, requests, half, half, cost)


ROUTED = [cell("maths", "large@1"), cell("code", "small@1")]


def test_routing_by_task_is_cheaper_than_the_best_and_better_than_a_random_mix() -> None:
    found = roi(ROUTED, FIGURES, PRICES)
    assert found.had is not None
    assert found.had.quality.mean == pytest.approx(0.85)
    assert (found.requests, found.of, found.missing) == (200, 200, ())
    best, mix, at_cost = found.counterfactuals
    assert (best.name, best.way.models) == (BEST, ("large@1",))
    assert best.gained.mean == pytest.approx(-0.025)
    assert best.saved_nano_usd == pytest.approx(0.9e9)
    assert (mix.name, mix.way.share) == (MIX, pytest.approx(0.5))
    assert mix.way.cost_nano_usd == pytest.approx(found.had.cost_nano_usd)
    assert mix.way.quality.mean == pytest.approx((0.6 + 0.875) / 2)
    assert mix.gained.low > 0
    assert (at_cost.name, at_cost.way.models) == (BEST_AT_COST, ("small@1",))


def test_what_both_ways_have_in_common_makes_their_difference_no_less_sure() -> None:
    """Maths goes to the same model in both: only what is known of code makes it unsure."""
    best = roi(ROUTED, FIGURES, PRICES).counterfactuals[0]
    by_hand = math.sqrt(FIGURES["code", "small@1"].variance + FIGURES["code", "large@1"].variance)
    assert best.gained.high - best.gained.mean == pytest.approx(1.959964 * by_hand / 2, rel=1e-4)


def test_nothing_goes_where_it_was_not_permitted() -> None:
    stays = cell("maths", "small@1", permitted=frozenset({"small@1"}))
    found = roi([stays, cell("code", "small@1")], FIGURES, PRICES)
    large = next(way for way in found.singles if way.models == ("large@1",))
    assert large.weights == {("maths", "small@1"): 0.5, ("code", "large@1"): 0.5}


def test_what_has_no_figure_is_left_out_and_said() -> None:
    unheard = cell("writing", "small@1", requests=300)
    allowed = EVERYTHING | {"middle@1"}
    found = roi([*ROUTED, unheard, cell("maths", "small@1", 10, allowed)], FIGURES, PRICES)
    assert (found.requests, found.of) == (210, 510)
    assert found.missing == (("writing", "small@1"), ("maths", "middle@1"))
    assert "middle@1" not in {model for way in found.singles for model in way.models}


def test_without_figures_nothing_is_claimed() -> None:
    found = roi(ROUTED, {}, PRICES)
    assert (found.requests, found.had, found.counterfactuals, found.singles) == (0, None, (), ())
    assert set(found.missing) == {("maths", "large@1"), ("code", "small@1")}
    assert roi([], FIGURES, PRICES).had is None


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["maths", "code"]),
            st.sampled_from(["small@1", "large@1"]),
            st.integers(1, 1_000),
            st.integers(1, 5_000),
        ),
        min_size=1,
        max_size=8,
    )
)
def test_whatever_was_routed_the_counterfactuals_keep_their_word(
    drawn: list[tuple[str, str, int, int]],
) -> None:
    found = roi(
        [cell(task, model, n, tokens=2 * half) for task, model, n, half in drawn], FIGURES, PRICES
    )
    assert found.had is not None
    by_name = {each.name: each for each in found.counterfactuals}
    assert all(by_name[BEST].way.quality.mean >= way.quality.mean for way in found.singles)
    # Two models alone are the ends of all that can be spent.
    spent = by_name[MIX].way.cost_nano_usd
    assert spent == pytest.approx(found.had.cost_nano_usd, abs=1_000 * len(drawn))
    if BEST_AT_COST in by_name:
        assert by_name[BEST_AT_COST].way.cost_nano_usd <= found.had.cost_nano_usd * 1.001
    for each in found.counterfactuals:
        assert each.gained.low <= each.gained.mean <= each.gained.high
        assert sum(each.way.weights.values()) == pytest.approx(1)


def test_the_hull_has_no_model_that_a_mix_beats() -> None:
    figures = FIGURES | {("maths", "middle@1"): Figure(0.5, 0.45, 0.55, 200)}
    allowed = EVERYTHING | {"middle@1"}
    found = roi([cell("maths", "small@1", permitted=allowed)], figures, PRICES)
    assert len(found.singles) == 3
    assert [way.models for way in hull(found.singles)] == [("small@1",), ("large@1",)]


def test_opinions_make_a_figure_where_nothing_was_measured_and_there_are_enough() -> None:
    def said(count: int, task: str = "writing") -> list[Opinion]:
        return [Opinion(f"r{n}", task, "small@1", float(n % 2)) for n in range(count)]

    assert with_opinions({}, said(OPINIONS_NEEDED - 1)) == {}
    figure = with_opinions({}, said(OPINIONS_NEEDED))["writing", "small@1"]
    assert (figure.mean, figure.items, figure.source) == (0.5, OPINIONS_NEEDED, "feedback")
    assert figure.low < 0.5 < figure.high
    assert with_opinions(FIGURES, said(100, "maths")) == FIGURES
    # Several keys about one request are one request.
    twice = [*said(OPINIONS_NEEDED - 1), Opinion("r0", "writing", "small@1", 1.0)]
    assert with_opinions({}, twice) == {}
