"""Step times are found from runs that are too short for a steady state."""

from __future__ import annotations

from dataclasses import astuple, replace
from statistics import fmean

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hardware.queueing_fit import Observed, fit_to_runs
from hardware.queueing_replay import Sent, replay
from hardware.queueing_replica import Engine
from hardware.queueing_steps import StepTimes

TRUE = StepTimes(0.025, 0.003, 2e-6, 0.0009, 0.012)
ENGINE = Engine(TRUE, max_num_seqs=16, max_num_batched_tokens=2_048, kv_tokens=10**6)
STEADY = StepTimes(0.03, 0.0005, 0.0, 0.0014, 0.0)
"""What averages of such runs would say if they were of a steady state."""


def burst(requests: int, isl: int, osl: int) -> tuple[Sent, ...]:
    return tuple(Sent(place * 0.0012, isl, osl) for place in range(requests))


def observed(sent: tuple[Sent, ...], at_a_time: int | None, factor: float = 1.0) -> Observed:
    served = replay(ENGINE, sent, at_a_time)
    tpots_s = [
        (one.finished_s - one.first_token_s) / (one.output_tokens - 1)
        for one in served
        if one.output_tokens > 1
    ]
    ttft_s = fmean(one.first_token_s - one.arrived_s for one in served)
    return Observed(sent, at_a_time, ttft_s * factor, fmean(tpots_s) if tpots_s else None)


def suite(factors: list[float] | None = None) -> list[Observed]:
    """Loops of two waves and a half, prefill alone, decode alone."""
    asked = [
        (burst(5, 128, 128), 1),
        (burst(10, 128, 128), 4),
        (burst(40, 128, 128), 16),
        (burst(16, 512, 1), None),
        (burst(16, 16, 128), None),
    ]
    factors = factors or [1.0] * len(asked)
    return [observed(*each, factor) for each, factor in zip(asked, factors, strict=True)]


def test_waves_that_begin_together_tell_the_times_of_a_step() -> None:
    found = fit_to_runs(ENGINE, STEADY, suite())
    for sequences, context, prompt in ((1, 200, 0), (16, 3_000, 0), (0, 0, 128), (8, 1_500, 512)):
        prompts = int(prompt > 0)
        expected = TRUE.step_s(sequences, context, prompt, prompts=prompts)
        assert found.step_s(sequences, context, prompt, prompts=prompts) == pytest.approx(
            expected, rel=0.03
        )


def test_what_is_true_already_stays() -> None:
    assert fit_to_runs(ENGINE, TRUE, suite()) == TRUE


@settings(deadline=None, max_examples=15)
@given(st.lists(st.floats(0.7, 1.4), min_size=5, max_size=5))
def test_no_time_is_negative_however_noisy_and_the_fit_is_never_worse(factors: list[float]) -> None:
    runs = suite(factors)
    found = fit_to_runs(ENGINE, STEADY, runs)
    assert min(astuple(found)) >= 0
    assert error(found, runs) <= error(STEADY, runs)


def error(steps: StepTimes, runs: list[Observed]) -> float:
    engine = replace(ENGINE, steps=steps)
    total = 0.0
    for run in runs:
        served = replay(engine, run.sent, run.at_a_time)
        ttft_s = fmean(one.first_token_s - one.arrived_s for one in served)
        total += (ttft_s / run.ttft_s - 1) ** 2
        if run.tpot_s is not None:
            tpot_s = fmean(
                (one.finished_s - one.first_token_s) / (one.output_tokens - 1) for one in served
            )
            total += (tpot_s / run.tpot_s - 1) ** 2
    return total


def test_a_run_has_requests_and_times() -> None:
    with pytest.raises(ValueError, match="a request at least"):
        Observed((), None, 1.0, 1.0)
    with pytest.raises(ValueError, match="times above 0"):
        Observed(burst(1, 1, 1), None, 0.0, None)
