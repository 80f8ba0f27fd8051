"""Files of `plan --measured`: records of `bench throughput`, and points written by hand."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.throughput.calibrated import closed_points, lengths_seen
from benchmarks.throughput.efficiency import kv_dtype_of, weights_dtype_of
from benchmarks.throughput.planned_on import cpu_measured_on, measured_steps
from benchmarks.throughput.record import ThroughputRecord, parse
from hardware.capacity import ServedModel
from hardware.fingerprint import Fingerprint
from hardware.gpu_table import GPUTable
from hardware.measured_steps import MeasuredSteps
from hardware.queueing import Lengths
from hardware.queueing_calibrate import MeasuredPoint, efficiencies, shares_reached
from hardware.roofline import IDEAL, PRIORS, Calibration, UnknownRate, roofline
from hardware.specs import GPUSpec
from serving.bench.throughput.stale import said, stale_here

_CPU_SHARE = 1.5
"""More of a measured peak than this is somebody else's: reading alone is faster than the copy that
bandwidth was measured by.
"""


@dataclass(frozen=True, slots=True)
class MeasuredType:
    """What a file says of one type. `steps` is None of points that were written by hand; `warnings`
    are for whoever plans.
    """

    gpu: GPUSpec
    is_cpu: bool
    calibration: Calibration
    steps: MeasuredSteps | None = None
    warnings: tuple[str, ...] = ()


def read_measured(
    path: Path, table: GPUTable, model: ServedModel, lengths: Lengths, now: Fingerprint
) -> MeasuredType:
    """`now` is a probe of this machine. Raises ValueError for what cannot be planned by, with the
    cure: a record that was edited, of another data type, or with too few runs.
    """
    try:
        text = path.read_text(encoding="utf-8")
        read = json.loads(text)
        is_record = "suite" in read
    except (OSError, TypeError, ValueError, RecursionError) as error:
        raise _no_runs(path, error) from None
    if is_record:
        return _of_record(parse(text, str(path)), path.name, table, model, lengths, now)
    try:
        points = [MeasuredPoint(**point) for point in read["points"]]
        gpu, size = table.get(str(read["gpu"])), int(read.get("tensor_parallel_size", 1))
    except (TypeError, KeyError) as error:
        raise _no_runs(path, error) from None
    source = f"{len(points)} measured runs in {path.name}"
    ideal = roofline(model, gpu, size, IDEAL)
    return MeasuredType(gpu, is_cpu=False, calibration=efficiencies(points, ideal, source))


def _of_record(
    record: ThroughputRecord,
    name: str,
    table: GPUTable,
    model: ServedModel,
    lengths: Lengths,
    now: Fingerprint,
) -> MeasuredType:
    _require_same_types(record, name, model)
    cpu = cpu_measured_on(record)
    size = record.tensor_parallel_size
    if cpu is None:
        gpu = table.get(record.gpu)
        ideal = roofline(model, gpu, size, IDEAL)
        source = f"requests that were alone in {name}"
        calibration = efficiencies(closed_points(record), ideal, source)
    elif size == 1:
        gpu, calibration = cpu, PRIORS  # the one split there is was measured
        _require_plausible(record, name, model, cpu)
    else:
        raise ValueError(f"{name} is of a model split over {size} on CPUs: measure one with 1")
    return MeasuredType(
        gpu=gpu,
        is_cpu=cpu is not None,
        calibration=calibration,
        steps=measured_steps(record, name),
        warnings=tuple(_warnings(record, name, lengths, now, table)),
    )


def _require_same_types(record: ThroughputRecord, name: str, model: ServedModel) -> None:
    arguments = record.measured_on.engine.arguments
    weights = weights_dtype_of(arguments)
    if weights is None:
        return
    cache = kv_dtype_of(arguments, weights)
    if (weights, cache) != (model.weights_dtype, model.kv_dtype):
        raise ValueError(
            f"{name} was measured with weights in {weights} and a KV cache in {cache}, and the "
            f"plan is for {model.weights_dtype} and {model.kv_dtype}: say --weights-dtype "
            f"{weights} --kv-dtype {cache}, or measure again"
        )


def _require_plausible(
    record: ThroughputRecord, name: str, model: ServedModel, cpu: GPUSpec
) -> None:
    """A line fits any model: that it is this one is seen by what its steps have to read."""
    try:
        ideal = roofline(model, cpu, 1, IDEAL)
    except UnknownRate:
        return  # without peaks there is nothing to see it by
    reached = max(shares_reached(closed_points(record), ideal))
    if reached > _CPU_SHARE:
        raise ValueError(
            f"{name} would be {reached:.0%} of what its CPU can do with {model.shape.name}: see "
            "that --model and --weights-dtype are those of the measurement"
        )


def _warnings(
    record: ThroughputRecord, name: str, lengths: Lengths, now: Fingerprint, table: GPUTable
) -> Iterator[str]:
    changed = stale_here(record, now, table)
    if changed:
        yield said(name, changed)
    prompts, answers = lengths_seen(record)
    yield from _beyond(name, "prompts", lengths.prompt_tokens, prompts)
    yield from _beyond(name, "answers", lengths.output_tokens, answers)


def _beyond(name: str, what: str, planned: float, seen: Sequence[int]) -> Iterator[str]:
    if not min(seen) <= planned <= max(seen):
        yield (
            f"{name} has {what} of {min(seen):,} to {max(seen):,} tokens, and {planned:,g} are "
            "planned for: measure those with `ringfence bench throughput --isl … --osl …`"
        )


def _no_runs(path: Path, error: Exception) -> ValueError:
    if isinstance(error, OSError):
        return ValueError(f"{path} cannot be read ({type(error).__name__}): name a file")
    return ValueError(
        f"{path} holds no measured runs ({type(error).__name__}); docs/guides/hardware.md "
        "shows the format"
    )
