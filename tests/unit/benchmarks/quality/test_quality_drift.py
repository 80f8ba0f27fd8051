"""Drift: a model that got worse is found, one that did not is left in peace."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from benchmarks.quality.drift import Verdict, before, drift
from benchmarks.quality.record import save
from benchmarks.quality.report import drift_lines
from tests.quality_cases import WHEN, record

LATER = WHEN + timedelta(days=1)


def scores(right: int, wrong: int) -> dict[str, float]:
    return {f"i{n}": float(n < right) for n in range(right + wrong)}


def test_a_model_that_got_worse_is_found() -> None:
    (found,) = drift(record(scores(180, 20)), record(scores(150, 50), made_at=LATER))
    assert (found.verdict, found.won, found.lost) == (Verdict.WORSE, 0, 30)
    assert found.change.mean == -0.15
    assert "worse" in next(drift_lines([found]))


def test_a_model_that_got_better_is_no_alarm() -> None:
    (found,) = drift(record(scores(150, 50)), record(scores(180, 20), made_at=LATER))
    assert found.verdict is Verdict.BETTER


def test_a_few_items_this_way_and_that_are_no_change() -> None:
    (found,) = drift(record(scores(150, 50)), record(scores(147, 53), made_at=LATER))
    assert found.verdict is Verdict.SAME


def test_suites_of_other_items_are_not_compared() -> None:
    old = record(scores(10, 0), digest="sha256:" + "c" * 64)
    assert drift(old, record(scores(0, 10), made_at=LATER)) == ()


def test_the_record_before_is_of_the_same_model_and_has_a_suite_in_common(tmp_path: Path) -> None:
    new = record(scores(5, 5), made_at=LATER)
    assert before(tmp_path, new) is None
    save(new, tmp_path)
    save(record(scores(5, 5), model="other@1"), tmp_path)
    save(record(scores(5, 5), made_at=LATER + timedelta(days=1)), tmp_path)
    assert before(tmp_path, new) is None
    old = record(scores(6, 4))
    save(old, tmp_path)
    found = before(tmp_path, new)
    assert found is not None
    assert found[1] == old
