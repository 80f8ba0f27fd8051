"""Records of quality become labels, and nothing is taken for one that is none."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.risk.outcomes import BadOutcomes, labelled, of_model, outcomes_of, signals_of
from router.task import Task
from tests.unit.router.risk.risk_cases import CHEAP, STRONG, outcome, quality_record


def test_answers_have_their_task_and_their_signals() -> None:
    rows = [outcome("1", signals={"mean_logprob": -0.5, "logprob_min": -3})]
    run = outcomes_of(quality_record(outcomes=rows))
    assert run is not None
    assert run.model == CHEAP
    (asked,) = run.asked
    assert (asked.id, asked.task) == ("sorting/1", Task.CLASSIFICATION)
    assert asked.signals == {"mean_logprob": -0.5, "min_logprob": -3.0}


def test_what_the_router_chose_for_itself_is_no_label() -> None:
    assert outcomes_of(quality_record(choice="auto", model=None)) is None


def test_what_another_model_answered_is_no_label_of_this_one() -> None:
    rows = [outcome("1", key=STRONG), outcome("2", escalated=True), outcome("3")]
    run = outcomes_of(quality_record(outcomes=rows))
    assert run is not None
    assert [asked.item for asked in run.asked] == ["3"]


@pytest.mark.parametrize("value", [None, "0.5", True, [0.5]])
def test_a_signal_that_is_no_number_is_no_signal(value: Any) -> None:
    run = outcomes_of(quality_record(outcomes=[outcome(signals={"mean_logprob": value})]))
    assert run is not None
    assert labelled(run.asked, "mean_logprob") == []


def test_an_item_that_was_asked_twice_is_one_label_and_the_newest() -> None:
    old = quality_record(outcomes=[outcome(score=0.0, signals={"judge": 0.1})])
    new = quality_record(
        outcomes=[outcome(score=1.0, signals={"judge": 0.9})], made_at="2026-11-02T00:00:00Z"
    )
    runs = [run for run in map(outcomes_of, (new, old)) if run is not None]
    (label,) = labelled(of_model(runs, CHEAP).values(), "judge")
    assert (label.signal, label.is_right) == (0.9, True)


def test_half_right_is_wrong_where_nobody_says_otherwise() -> None:
    run = outcomes_of(quality_record(outcomes=[outcome(score=0.5, signals={"judge": 1})]))
    assert run is not None
    assert not labelled(run.asked, "judge")[0].is_right
    assert labelled(run.asked, "judge", right_from=0.5)[0].is_right
    assert labelled(run.asked, "judge", Task.CODE) == []


def test_signals_are_named_by_how_often_they_are_there() -> None:
    rows = [outcome("1", signals={"b": 1, "a": 1}), outcome("2", signals={"b": 1, "c": 1})]
    run = outcomes_of(quality_record(outcomes=rows))
    assert run is not None
    assert signals_of(run.asked) == ["b", "a", "c"]


@pytest.mark.parametrize(
    "changes",
    [
        {"schema": 2},
        {"kind": "certificate"},
        {"outcomes": [outcome(score=1.5)]},
        {"outcomes": [{"suite": "sorting"}]},
        {"suites": [{"name": "sorting", "task": "cooking"}]},
        {"made_at": "yesterday"},
    ],
    ids=str,
)
def test_a_record_of_something_else_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(BadOutcomes):
        outcomes_of(quality_record(**changes))


@given(st.dictionaries(st.text(), st.none() | st.integers() | st.text()))
def test_whatever_is_no_record_is_refused(record: dict[str, Any]) -> None:
    with pytest.raises(BadOutcomes):
        outcomes_of(record)
