"""The steady part of a run counts what is made while the machine is full, and nothing beside it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from throughput_cases import answers

from benchmarks.throughput.samples import Sample
from benchmarks.throughput.steady import MIN_TOKENS, steady

gaps = st.lists(st.floats(0.001, 1.0), min_size=1, max_size=40).map(tuple)
samples = st.lists(
    st.builds(
        lambda start, ttft, gaps: Sample(start, ttft, gaps, 10, len(gaps) + 1),
        st.floats(0, 20),
        st.floats(0.01, 2),
        gaps,
    ),
    max_size=12,
)


def test_a_machine_that_does_nothing_but_decode_is_measured_exactly() -> None:
    part = steady(answers(8, 8, 16, 101, step_s=0.02).samples)

    assert part is not None
    assert part.output_tokens_per_s == pytest.approx(8 / 0.02)
    assert part.at_a_time == pytest.approx(8)
    assert part.input_tokens == 0
    assert part.context_tokens == pytest.approx(8 * (16 + 101 / 2))


def test_the_time_before_the_machine_is_full_and_after_it_is_left_out() -> None:
    early = [Sample(0, 0.1, (0.02,) * 99, 10, 100) for _ in range(8)]
    tail = Sample(0.05, 0.1, (0.02,) * 999, 10, 1_000)

    part = steady([*early, tail])

    assert part is not None
    assert part.begin_s == pytest.approx(0.15)
    assert part.duration_s == pytest.approx(0.1 + 99 * 0.02 - 0.15)


def test_several_waves_are_one_steady_part() -> None:
    part = steady(answers(24, 8, 16, 50, step_s=0.02, ttft_s=0.5).samples)

    assert part is not None
    assert part.input_tokens == 16 * 16
    # Of three prefills the first is before it.
    assert part.output_tokens_per_s == pytest.approx(24 * 50 / (3 * 49 * 0.02 + 2 * 0.5), rel=0.02)


def test_where_all_have_to_be_made_at_a_time_no_prompt_is_left() -> None:
    late = Sample(0.05, 0.1, (0.02,) * 100, 16, 101)
    found = [Sample(0, 0.1, (0.02,) * 100, 16, 101) for _ in range(15)] + [late]

    most, everything = steady(found), steady(found, 1.0)

    assert most is not None
    assert everything is not None
    assert (most.input_tokens, everything.input_tokens) == (16, 0)


@pytest.mark.parametrize(
    "few", [(), answers(4, 4, 512, 1, 0.02).samples, answers(1, 1, 10, 8, 0.02).samples]
)
def test_where_too_little_is_made_there_is_no_steady_part(few: tuple[Sample, ...]) -> None:
    assert steady(few) is None


@given(samples)
def test_it_never_counts_more_than_was_made(found: list[Sample]) -> None:
    part = steady(found)

    if part is not None:
        assert MIN_TOKENS <= part.output_tokens <= sum(one.osl for one in found) + 1e-6
        assert 0 < part.duration_s <= max(one.end_s for one in found) - part.begin_s + 1e-9
        assert 0 < part.at_a_time <= len(found) + 1e-9
        assert part.context_tokens <= sum(one.isl + one.osl for one in found) + 1e-6
