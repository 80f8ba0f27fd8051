"""A plan's prediction beside what was measured: the runs that were held out of calibration.

Each is replayed with the requests that it had, and the same figures are taken of the replay as were
taken of the run: output tokens a second of its steady part, of all of it where it has none, and the
p95 of TTFT; medians over repeats. A record passes where every scenario is within both limits.

Of more than a machine takes there is no p95: what waits grows with the run. So an open loop beyond
the knee, by the record's own objective, is judged by its throughput alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from benchmarks.throughput.calibrated import (
    CALIBRATING,
    HELD_OUT,
    at_a_time,
    calibrated,
    runs_of,
    sent,
    spoiled_by,
)
from benchmarks.throughput.figures import median, rounded
from benchmarks.throughput.gate import Verdict
from benchmarks.throughput.record import Objective, Run, ThroughputRecord
from benchmarks.throughput.samples import Sample
from benchmarks.throughput.scenario import Kind, Layer
from benchmarks.throughput.steady import steady
from benchmarks.throughput.summary import is_kept, made_per_s
from hardware.queueing_calibrate import NotEnoughMeasured
from hardware.queueing_replay import replay
from hardware.queueing_replica import Engine, Request

THROUGHPUT_WITHIN = 0.15
TTFT_WITHIN = 0.25
"""Shares of what was measured: of output tokens a second, and of the p95 of TTFT."""


@dataclass(frozen=True, slots=True)
class Figures:
    output_tokens_per_s: float
    ttft_p95_s: float


@dataclass(frozen=True, slots=True)
class HeldOut:
    """A scenario; `rate` is of an open loop, in requests a second. Beyond the knee the error of
    TTFT is shown and not judged.
    """

    scenario: str
    rate: float | None
    repeats: int
    is_beyond_knee: bool
    measured: Figures
    predicted: Figures

    @property
    def throughput_error(self) -> float:
        """Predicted by measured, less one: above 0 where too much was promised."""
        return self.predicted.output_tokens_per_s / self.measured.output_tokens_per_s - 1

    @property
    def ttft_error(self) -> float:
        return self.predicted.ttft_p95_s / self.measured.ttft_p95_s - 1

    @property
    def is_within(self) -> bool:
        is_throughput = abs(self.throughput_error) <= THROUGHPUT_WITHIN
        is_ttft = self.is_beyond_knee or abs(self.ttft_error) <= TTFT_WITHIN
        return is_throughput and is_ttft


@dataclass(frozen=True, slots=True)
class PlanCheck:
    """`calibrated_by` are scenarios; `reasons` say why nothing is to be told, where it is not."""

    layer: Layer
    engine: Engine
    calibrated_by: tuple[str, ...]
    held_out: tuple[HeldOut, ...]
    reasons: tuple[str, ...]

    @property
    def verdict(self) -> Verdict:
        if self.reasons:
            return Verdict.INCONCLUSIVE
        return Verdict.PASS if all(one.is_within for one in self.held_out) else Verdict.FAIL

    @property
    def worst(self) -> tuple[float, float]:
        """The largest errors that are judged, without their sign: on throughput and on the p95 of
        TTFT, 0 where none is.
        """
        judged = [one.ttft_error for one in self.held_out if not one.is_beyond_knee]
        return (
            max(abs(one.throughput_error) for one in self.held_out),
            max(map(abs, judged), default=0.0),
        )


def check(record: ThroughputRecord) -> PlanCheck:
    """Raises NotEnoughMeasured for too little to calibrate by, or nothing that is held out, and
    RecordRefused for a fingerprint of another schema. Pure; takes about a second.
    """
    engine = calibrated(record)
    kept_out = [run for kind in HELD_OUT for run in runs_of(record, kind)]
    if not kept_out:
        raise NotEnoughMeasured(
            "the record has no offline run and no open loop to hold out: measure with `ringfence "
            "bench throughput --profile standard`"
        )
    used = [run for kind in CALIBRATING for run in runs_of(record, kind)]
    scenarios = dict.fromkeys(run.scenario for run in kept_out)
    return PlanCheck(
        layer=kept_out[0].layer,
        engine=engine,
        calibrated_by=tuple(dict.fromkeys(run.scenario for run in used)),
        held_out=tuple(
            _held_out(
                engine, [run for run in kept_out if run.scenario == scenario], record.objective
            )
            for scenario in scenarios
        ),
        reasons=tuple(_reasons([*used, *kept_out])),
    )


def _held_out(engine: Engine, repeats: Sequence[Run], objective: Objective) -> HeldOut:
    kept = sum(is_kept(run, objective) for run in repeats)
    return HeldOut(
        scenario=repeats[0].scenario,
        rate=repeats[0].rate,
        repeats=len(repeats),
        is_beyond_knee=repeats[0].kind is Kind.OPEN and kept * 2 < len(repeats),
        measured=_median([_measured(run) for run in repeats]),
        predicted=_median([_predicted(engine, run) for run in repeats]),
    )


def _measured(run: Run) -> Figures:
    assert run.ttft_s is not None
    return Figures(made_per_s(run), run.ttft_s.p95)


def _predicted(engine: Engine, run: Run) -> Figures:
    served = replay(engine, sent(run), at_a_time(run))
    samples = [_sample(request) for request in served]
    part = None if run.steady is None else steady(samples)
    if part is None:
        tokens = sum(request.output_tokens for request in served)
        per_s = tokens / max(request.finished_s for request in served)
    else:
        per_s = part.output_tokens_per_s
    ttft_p95_s = float(np.percentile([sample.ttft_s for sample in samples], 95))
    return Figures(rounded(per_s), rounded(ttft_p95_s))


def _sample(request: Request) -> Sample:
    """Its tokens come evenly: a replay keeps no time of each."""
    gaps = request.output_tokens - 1
    gap_s = (request.finished_s - request.first_token_s) / gaps if gaps else 0.0
    return Sample(
        start_s=request.arrived_s,
        ttft_s=request.first_token_s - request.arrived_s,
        gaps_s=(gap_s,) * gaps,
        isl=request.prompt_tokens,
        osl=request.output_tokens,
    )


def _median(found: Sequence[Figures]) -> Figures:
    per_s = median([one.output_tokens_per_s for one in found])
    ttft_p95_s = median([one.ttft_p95_s for one in found])
    assert per_s is not None
    assert ttft_p95_s is not None
    return Figures(per_s, ttft_p95_s)


def _reasons(runs: Sequence[Run]) -> Iterator[str]:
    for scenario in dict.fromkeys(run.scenario for run in runs):
        kinds = {kind for run in runs if run.scenario == scenario for kind in spoiled_by(run)}
        for kind in sorted(kinds):
            yield f"{scenario}, {kind}: every repeat of it"
