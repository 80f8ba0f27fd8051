"""A fit to measured runs finds the times that made them, and predicts runs that it has not seen."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from hardware.capacity import ServedModel
from hardware.capacity_bytes import KVDtype, WeightsDtype
from hardware.gpu_table import load_gpus
from hardware.queueing import Lengths, Simulated, simulate, simulate_closed
from hardware.queueing_calibrate import MeasuredPoint, NotEnoughMeasured, calibrate, efficiencies
from hardware.queueing_replica import Engine
from hardware.queueing_steps import StepModel, StepTimes
from hardware.roofline import IDEAL, Roofline, roofline
from hardware.shape_config import load_shape

# About what a small model does on two CPU cores.
TRUE = StepTimes(0.030, 0.004, 2e-6, 0.0012, 0.02)
LENGTHS = [(128, 128), (512, 64), (64, 256)]


def run(
    times: StepTimes, isl: int, osl: int, concurrency: int | None, rate: float | None
) -> Simulated:
    engine = Engine(times, max_num_seqs=16, max_num_batched_tokens=2_048, kv_tokens=100_000)
    lengths = Lengths(isl, osl, 0.3)
    if concurrency is not None:
        requests = max(200, 30 * concurrency)
        return simulate_closed(engine, lengths, concurrency=concurrency, requests=requests)
    assert rate is not None
    return simulate(engine, lengths, requests_per_s=rate)


def measured(seed: int = 3, noise: float = 0.02) -> list[MeasuredPoint]:
    """What a benchmark would have recorded, with a spread of 2%."""
    random = np.random.default_rng(seed)
    points = []
    for isl, osl in LENGTHS:
        for concurrency in (1, 2, 8, 16):
            seen = run(TRUE, isl, osl, concurrency, None)
            spread = 1 + noise * random.standard_normal(4)
            points.append(
                MeasuredPoint(
                    isl=isl,
                    osl=osl,
                    output_tokens_per_s=seen.output_tokens_per_s * spread[0],
                    ttft_p50_s=seen.ttft_s.p50 * spread[1],
                    ttft_p95_s=seen.ttft_s.p95 * spread[2],
                    tpot_p50_s=seen.tpot_s.p50 * spread[3],
                    concurrency=concurrency,
                )
            )
    return points


def test_a_fit_finds_the_times_that_made_the_runs() -> None:
    found = calibrate(measured())
    for isl, osl in LENGTHS:
        for sequences in (1, 4, 16):
            context = sequences * (isl + osl / 2)
            expected = TRUE.step_s(sequences, context)
            assert found.step_s(sequences, context) == pytest.approx(expected, rel=0.15)
        prefill = TRUE.step_s(0, 0.0, isl, prompts=1)
        assert found.step_s(0, 0.0, isl, prompts=1) == pytest.approx(prefill, rel=0.15)


@pytest.mark.parametrize(
    ("isl", "osl", "concurrency", "rate"),
    [
        (128, 128, 4, None),
        (256, 128, 12, None),
        (512, 64, 4, None),
        (200, 100, None, 0.3),
        (200, 100, None, 0.6),
        (128, 128, None, 0.7),
    ],
)
def test_runs_that_were_held_out_are_predicted_within_15_percent(
    isl: int, osl: int, concurrency: int | None, rate: float | None
) -> None:
    found = calibrate(measured())
    truth = run(TRUE, isl, osl, concurrency, rate)
    predicted = run(found, isl, osl, concurrency, rate)
    assert predicted.output_tokens_per_s == pytest.approx(truth.output_tokens_per_s, rel=0.15)
    assert predicted.tpot_s.p50 == pytest.approx(truth.tpot_s.p50, rel=0.15)
    assert predicted.ttft_s.p50 == pytest.approx(truth.ttft_s.p50, rel=0.15)
    assert predicted.ttft_s.p95 == pytest.approx(truth.ttft_s.p95, rel=0.15)


@pytest.mark.parametrize("seed", range(5))
def test_no_fitted_time_is_negative_however_noisy(seed: int) -> None:
    found = calibrate(measured(seed, noise=0.2))
    assert (
        min(
            found.decode_step_s,
            found.decode_sequence_s,
            found.decode_context_token_s,
            found.prompt_token_s,
            found.prompt_s,
        )
        >= 0
    )


def test_runs_that_tell_nothing_apart_say_what_to_measure() -> None:
    points = measured()
    with pytest.raises(NotEnoughMeasured, match="measure one at concurrency 1"):
        calibrate([point for point in points if point.concurrency != 1])
    with pytest.raises(NotEnoughMeasured, match="several more"):
        calibrate([point for point in points if point.concurrency == 1])
    with pytest.raises(NotEnoughMeasured):
        calibrate([])


def test_a_point_has_a_concurrency_or_a_rate_and_positive_figures() -> None:
    with pytest.raises(ValueError, match="either a concurrency or a rate"):
        MeasuredPoint(10, 10, 1.0, 1.0, 1.0, 1.0)
    with pytest.raises(ValueError, match="positive"):
        MeasuredPoint(10, 10, 0.0, 1.0, 1.0, 1.0, concurrency=1)


class TwiceTheTime:
    """What a machine that reaches half of its peak and of its bandwidth takes."""

    def __init__(self, ideal: Roofline) -> None:
        self._ideal = ideal

    def step_s(
        self,
        sequences: int,
        context_tokens: float,
        prefill_tokens: int = 0,
        prefill_pairs: float = 0.0,
        prompts: int = 0,
    ) -> float:
        ideal = self._ideal.step_s
        return 2 * ideal(sequences, context_tokens, prefill_tokens, prefill_pairs, prompts)


def alone(ideal: Roofline, steps: StepModel) -> MeasuredPoint:
    engine = Engine(steps, max_num_seqs=16, max_num_batched_tokens=8_192, kv_tokens=100_000)
    seen = simulate_closed(engine, Lengths(4_000, 200), concurrency=1, requests=50)
    return MeasuredPoint(
        isl=4_000,
        osl=200,
        output_tokens_per_s=seen.output_tokens_per_s,
        ttft_p50_s=seen.ttft_s.p50,
        ttft_p95_s=seen.ttft_s.p95,
        tpot_p50_s=seen.tpot_s.p50,
        concurrency=1,
    )


@pytest.fixture
def ideal() -> Roofline:
    shape = load_shape("llama-3.1-8b")
    model = ServedModel(shape, WeightsDtype.BF16, KVDtype.BF16, 8_192)
    return roofline(model, load_gpus().get("h100-sxm"), 1, IDEAL)


def test_efficiencies_are_the_share_of_the_roofline_that_was_reached(ideal: Roofline) -> None:
    found = efficiencies([alone(ideal, TwiceTheTime(ideal))], ideal, source="1 run")
    assert (found.prefill_mfu, found.decode_mbu) == pytest.approx((0.5, 0.5), rel=0.01)
    assert found.is_measured
    assert found.source == "1 run"


def test_more_than_a_gpu_can_is_somebody_elses_measurement(ideal: Roofline) -> None:
    too_fast = replace(alone(ideal, ideal), tpot_p50_s=1e-4)
    with pytest.raises(ValueError, match="see that model, data type, GPU type"):
        efficiencies([too_fast], ideal, source="1 run")
