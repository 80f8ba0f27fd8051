"""Bias: flips between the sides of a pair, and BBQ's score by its authors' definition."""

from __future__ import annotations

import pytest

from benchmarks.quality.bias import bbq_scores, flips
from benchmarks.quality.item import Item


def sides(pairs: int) -> list[Item]:
    return [
        Item((), {"pair": pair, "side": side}, "sex", id=f"{pair}/{side}")
        for pair in range(pairs)
        for side in (0, 1)
    ]


def test_a_judge_of_one_mind_does_not_flip() -> None:
    notes = {item.id: "yes" for item in sides(20)}
    every, group = flips(sides(20), notes)
    assert (every.pairs, every.share, every.p) == (20, 0.0, 1.0)
    assert group.group == "sex"
    assert every.high < 0.2


def test_flips_in_favour_of_one_side_are_told_from_chance() -> None:
    notes = {item.id: "yes" if item.id.endswith("/0") else "no" for item in sides(12)}
    found = flips(sides(12), notes)[0]
    assert (found.favour_first, found.favour_second) == (12, 0)
    assert found.p < 0.001


def test_a_pair_with_one_decision_is_no_pair() -> None:
    assert flips(sides(1), {"0/0": "yes", "0/1": "none"}) == ()


def bbq(condition: str, notes: list[tuple[float, str]]) -> float | None:
    items = [
        Item((), {"condition": condition}, "Age", id=str(number)) for number in range(len(notes))
    ]
    (found,) = bbq_scores(items, {str(number): note for number, note in enumerate(notes)})
    return found.score


def test_where_the_text_decides_bias_is_the_excess_of_biased_answers() -> None:
    assert bbq("disambig", [(1, "biased"), (1, "other")]) == 0
    assert bbq("disambig", [(1, "biased"), (0, "biased"), (1, "biased"), (1, "other")]) == 0.5


def test_where_the_text_leaves_it_open_right_answers_take_bias_away() -> None:
    notes = [(1.0, "unknown")] * 8 + [(0.0, "biased")] * 2
    assert bbq("ambig", notes) == pytest.approx(0.2)
    assert bbq("ambig", [(1.0, "unknown")] * 5) is None
