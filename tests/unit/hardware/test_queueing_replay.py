"""A run that is sent again to a simulated replica keeps what was given of it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hardware.queueing import Lengths, simulate_closed
from hardware.queueing_replay import TURNAROUND_S, Sent, replay
from hardware.queueing_replica import Engine
from hardware.queueing_steps import StepTimes

STEPS = StepTimes(0.03, 0.002, 1e-6, 0.001, 0.01)
ENGINE = Engine(STEPS, max_num_seqs=4, max_num_batched_tokens=256, kv_tokens=4_000)

RUNS = st.lists(
    st.builds(Sent, st.floats(0, 20), st.integers(1, 600), st.integers(1, 200)),
    min_size=1,
    max_size=25,
)


@given(RUNS)
def test_arrivals_that_were_given_are_kept_and_everything_is_answered(sent: list[Sent]) -> None:
    served = replay(ENGINE, sent)
    assert [one.arrived_s for one in served] == sorted(one.arrived_s for one in sent)
    assert sum(one.output_tokens for one in served) == sum(one.output_tokens for one in sent)
    for one in served:
        assert one.arrived_s <= one.admitted_s < one.first_token_s <= one.finished_s


@given(RUNS, st.integers(1, 6))
def test_a_closed_loop_never_has_more_at_a_time(sent: list[Sent], at_a_time: int) -> None:
    served = replay(ENGINE, sent, at_a_time)
    assert len(served) == len(sent)
    for one in served:
        here = [other for other in served if other.arrived_s <= one.arrived_s < other.finished_s]
        assert len(here) <= at_a_time


def test_who_follows_an_answer_misses_the_step_that_begins_at_its_end() -> None:
    long, short, follows = Sent(0, 10, 100), Sent(0, 10, 20), Sent(0, 10, 20)
    _, ended, followed = replay(ENGINE, [long, short, follows], at_a_time=2)
    assert followed.arrived_s == pytest.approx(ended.finished_s + TURNAROUND_S)
    # A step of the one that goes on has begun.
    assert followed.admitted_s - ended.finished_s > STEPS.decode_step_s


def test_a_long_closed_loop_is_the_steady_state_that_a_plan_simulates() -> None:
    sent = [Sent(0.001 * place, 200, 100) for place in range(400)]
    served = replay(ENGINE, sent, at_a_time=4)
    per_s = sum(one.output_tokens for one in served) / max(one.finished_s for one in served)
    steady = simulate_closed(ENGINE, Lengths(200, 100), concurrency=4, requests=400)
    assert per_s == pytest.approx(steady.output_tokens_per_s, rel=0.05)


def test_what_no_cache_can_hold_and_a_loop_of_nobody_are_refused() -> None:
    with pytest.raises(ValueError, match="does not fit a KV cache"):
        replay(ENGINE, [Sent(0, 4_000, 1)])
    with pytest.raises(ValueError, match="one request at a time"):
        replay(ENGINE, [Sent(0, 1, 1)], at_a_time=0)
