"""Two records of one GPU type and one model: what changed, and how sure that is.

A figure is compared repeat by repeat, those with the same requests with each other (paired), as the
logarithm of new over old. Its interval is a bootstrap's over repeats and, for latencies, over the
requests of each: the standard error of 1,000 resamplings, widened for few repeats by sqrt(n/(n-1))
and Student's t of n - 1 (Hesterberg, What Teachers Should Know About the Bootstrap, 2015: plain
percentiles of two or three repeats are far too narrow). One repeat has no interval.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from benchmarks.throughput.record import RecordRefused, Run, ThroughputRecord
from benchmarks.throughput.scenario import Kind, Layer
from benchmarks.throughput.student import t_quantile
from benchmarks.throughput.summary import made_per_s, of_scenario
from hardware.differences import Difference, differences

RESAMPLINGS = 1_000
CONFIDENCE = 0.95

Values = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Metric:
    """`of_run` is its value in one run; `of_requests` is what is resampled of latencies, by index
    in the workload, and its median is the value.
    """

    name: str
    is_better_high: bool
    of_run: Callable[[Run], float | None]
    of_requests: Callable[[Run], dict[int, float]] | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """`change`, `low` and `high` are new / old - 1; the bounds are None of a single repeat."""

    layer: Layer
    scenario: str
    metric: str
    is_better_high: bool
    old: float
    new: float
    change: float
    low: float | None
    high: float | None
    repeats: int
    is_paired: bool


@dataclass(frozen=True, slots=True)
class Comparison:
    """`only_old` and `only_new` are what one of the two alone has: LAYER: SCENARIO."""

    changes: tuple[Change, ...]
    only_old: tuple[str, ...]
    only_new: tuple[str, ...]
    machine: tuple[Difference, ...]


def compare(old: ThroughputRecord, new: ThroughputRecord, seed: int = 1) -> Comparison:
    """Raises RecordRefused for records that say nothing about each other. Pure."""
    for what, before, after in (
        ("GPU type", old.gpu, new.gpu),
        ("model", old.model, new.model),
        ("number of GPUs", old.gpus, new.gpus),
    ):
        if before != after:
            raise RecordRefused(
                f"these records have another {what}: {before} and {after}; compare two of one"
            )
    before_all, after_all = _measured(old), _measured(new)
    generator = np.random.default_rng(seed)
    shared = [where for where in before_all if where in after_all]
    return Comparison(
        changes=tuple(
            change
            for layer, scenario in shared
            for change in _changes(
                of_scenario(old.runs, layer, scenario),
                of_scenario(new.runs, layer, scenario),
                generator,
            )
        ),
        only_old=tuple(_named(where) for where in before_all if where not in after_all),
        only_new=tuple(_named(where) for where in after_all if where not in before_all),
        machine=differences(old.measured_on, new.measured_on),
    )


def _measured(record: ThroughputRecord) -> dict[tuple[Layer, str], None]:
    return dict.fromkeys((run.layer, run.scenario) for run in record.runs)


def _named(where: tuple[Layer, str]) -> str:
    return f"{where[0]}: {where[1]}"


def _ttft_p50_s(run: Run) -> float | None:
    return None if run.ttft_s is None else run.ttft_s.p50


def _tpot_p50_s(run: Run) -> float | None:
    return None if run.tpot_s is None else run.tpot_s.p50


def _ttfts(run: Run) -> dict[int, float]:
    return dict(zip(run.samples.index, run.samples.ttft_s, strict=True))


def _tpots(run: Run) -> dict[int, float]:
    rows = zip(
        run.samples.index,
        run.samples.e2e_s,
        run.samples.ttft_s,
        run.samples.osl,
        strict=True,
    )
    return {index: (e2e - ttft) / (osl - 1) for index, e2e, ttft, osl in rows if osl > 1}


TTFT = Metric("ttft_p50_s", False, _ttft_p50_s, _ttfts)
TPOT = Metric("tpot_p50_s", False, _tpot_p50_s, _tpots)
OUTPUT = Metric("output_tokens_per_s", True, made_per_s)
INPUT = Metric("input_tokens_per_s", True, lambda run: run.input_tokens_per_s)

_METRICS: dict[Kind, tuple[Metric, ...]] = {
    Kind.UNLOADED: (TTFT,),
    Kind.PREFILL: (INPUT,),
    Kind.DECODE: (OUTPUT,),
    Kind.OFFLINE: (OUTPUT,),
    Kind.CLOSED: (OUTPUT, TTFT, TPOT),
    Kind.OPEN: (TTFT, TPOT),
}


def _changes(
    old: Sequence[Run], new: Sequence[Run], generator: np.random.Generator
) -> Iterator[Change]:
    # Open loops of other rates are other questions, whatever share of the capacity they were.
    if {run.rate for run in old} != {run.rate for run in new}:
        return
    for metric in _METRICS[new[0].kind]:
        change = _change(metric, old, new, generator)
        if change is not None:
            yield change


def _change(
    metric: Metric, old: Sequence[Run], new: Sequence[Run], generator: np.random.Generator
) -> Change | None:
    before, after = _values(metric, old), _values(metric, new)
    if not len(before) or not len(after):
        return None
    by_digest = {run.workload_digest: run for run in old}
    pairs = [
        (by_digest[run.workload_digest], run) for run in new if run.workload_digest in by_digest
    ]
    is_paired = len(pairs) == len(old) == len(new)
    if is_paired:
        logs = np.array([_log_ratio(metric, *pair) for pair in pairs])
        middle, error = float(logs.mean()), _paired_error(metric, pairs, logs, generator)
        repeats = len(pairs)
    else:
        logs_old, logs_new = np.log(before), np.log(after)
        middle = float(logs_new.mean() - logs_old.mean())
        error = math.hypot(_error(logs_old, generator), _error(logs_new, generator))
        repeats = min(len(old), len(new))
    low, high = _bounds(middle, error, repeats)
    return Change(
        layer=new[0].layer,
        scenario=new[0].scenario,
        metric=metric.name,
        is_better_high=metric.is_better_high,
        old=float(np.median(before)),
        new=float(np.median(after)),
        change=math.expm1(middle),
        low=low,
        high=high,
        repeats=repeats,
        is_paired=is_paired,
    )


def _values(metric: Metric, runs: Sequence[Run]) -> Values:
    found = (metric.of_run(run) for run in runs)
    return np.array([value for value in found if value is not None and value > 0])


def _log_ratio(metric: Metric, old: Run, new: Run) -> float:
    before, after = metric.of_run(old), metric.of_run(new)
    return math.log(after / before) if before and after else 0.0


def _paired_error(
    metric: Metric,
    pairs: Sequence[tuple[Run, Run]],
    logs: Values,
    generator: np.random.Generator,
) -> float:
    """Standard error of the mean of the repeats' log ratios."""
    if metric.of_requests is None:
        return _error(logs, generator)
    columns = [
        _resampled(*_shared(metric.of_requests(old), metric.of_requests(new)), generator)
        for old, new in pairs
    ]
    chosen = generator.integers(len(columns), size=(RESAMPLINGS, len(columns)))
    drawn = np.array(columns)[chosen, np.arange(RESAMPLINGS)[:, None]]
    return _widened(float(drawn.mean(axis=1).std()), len(columns))


def _shared(old: dict[int, float], new: dict[int, float]) -> tuple[Values, Values]:
    """The requests that both answered, in one order."""
    both = sorted(old.keys() & new.keys())
    return np.array([old[index] for index in both]), np.array([new[index] for index in both])


def _resampled(old: Values, new: Values, generator: np.random.Generator) -> Values:
    """The log ratio of the medians, of so many draws of the same requests from both."""
    if not len(old) or min(old.min(), new.min()) <= 0:
        return np.zeros(RESAMPLINGS)
    drawn = generator.integers(len(old), size=(RESAMPLINGS, len(old)))
    ratios: Values = np.median(new[drawn], axis=1) / np.median(old[drawn], axis=1)
    return np.log(ratios)


def _error(logs: Values, generator: np.random.Generator) -> float:
    drawn = generator.integers(len(logs), size=(RESAMPLINGS, len(logs)))
    return _widened(float(logs[drawn].mean(axis=1).std()), len(logs))


def _widened(error: float, repeats: int) -> float:
    return error * math.sqrt(repeats / (repeats - 1)) if repeats > 1 else error


def _bounds(middle: float, error: float, repeats: int) -> tuple[float | None, float | None]:
    if repeats < 2:
        return None, None
    half = t_quantile(0.5 + CONFIDENCE / 2, repeats - 1) * error
    return math.expm1(middle - half), math.expm1(min(middle + half, 700.0))
