"""What is told of a request's way adds up to the whole of it."""

from __future__ import annotations

import itertools
from dataclasses import fields, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.domain import Usage
from router.telemetry.ended import RequestEnded, choice_label
from router.telemetry.steps import Mark, Step, timed
from tests.ended_requests import ended_request

MOMENTS = st.lists(st.integers(0, 10_000), min_size=2, max_size=8).map(sorted)


@given(MOMENTS, st.data())
def test_every_moment_of_a_request_belongs_to_one_step(
    moments: list[int], data: st.DataObject
) -> None:
    *begins, end = moments
    marks = [Mark(data.draw(st.sampled_from(Step)), at_s) for at_s in begins]

    steps = list(timed(marks, end))

    assert [step.step for step in steps] == [mark.step for mark in marks]
    assert sum(step.ended_s - step.began_s for step in steps) == end - begins[0]
    assert all(one.ended_s == other.began_s for one, other in itertools.pairwise(steps))


def test_a_request_that_came_nowhere_has_no_steps() -> None:
    assert list(timed([], 1.0)) == []


def test_the_first_token_is_timed_from_the_request_and_not_from_the_attempt() -> None:
    assert ended_request().time_to_first_token_s == 1.0


def test_tokens_after_the_first_are_timed_without_the_record_that_follows() -> None:
    assert ended_request().time_per_output_token_s == 0.2


@pytest.mark.parametrize("output_tokens", [0, 1])
def test_one_token_has_no_time_between_tokens(output_tokens: int) -> None:
    ended = ended_request()
    outcome = replace(ended.outcome, usage=Usage(5, output_tokens))

    assert replace(ended, outcome=outcome).time_per_output_token_s is None


def test_an_answer_in_one_piece_has_no_first_token() -> None:
    ended = ended_request(stream=False)

    assert (ended.time_to_first_token_s, ended.time_per_output_token_s) == (None, None)


def test_a_stream_that_never_began_has_no_first_token() -> None:
    marks = tuple(mark for mark in ended_request().marks if mark.step is not Step.DELIVER)

    assert ended_request(marks=marks).time_to_first_token_s is None


@given(st.text())
def test_what_a_client_wrote_for_a_model_is_never_told(name: str) -> None:
    assert choice_label(name) in {"auto", "fast", "balanced", "reasoning", "private", "model"}


def test_there_is_no_place_for_a_text_in_what_is_told() -> None:
    """Whoever adds a field here looks at I6 first."""
    assert {field.name for field in fields(RequestEnded)} == {
        *("request_id", "endpoint", "choice", "stream", "team", "classification", "outcome"),
        *("model", "fallbacks", "began_s", "ended_s", "marks", "policy_digest", "traceparent"),
        "itl",
    }
