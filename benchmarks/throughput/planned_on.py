"""A record → what a plan takes of it: the type it was measured on, and how long its steps take."""

from __future__ import annotations

from benchmarks.throughput.calibrated import calibrated
from benchmarks.throughput.plan_check import check
from benchmarks.throughput.record import PeaksUsed, ThroughputRecord
from hardware.capacity import GIB
from hardware.cpu_spec import cpu_of
from hardware.fingerprint import Fingerprint
from hardware.measured_steps import MeasuredSteps
from hardware.queueing_calibrate import NotEnoughMeasured
from hardware.queueing_steps import StepTimes
from hardware.specs import Confidence, Figure, GPUSpec

_CACHE_GIB = "env VLLM_CPU_KVCACHE_SPACE"


def cpu_measured_on(record: ThroughputRecord) -> GPUSpec | None:
    """The CPU that a record is of, under the record's name of its kind; None of a GPU's record.

    Its rates are the record's peaks, which were measured before its runs. Raises RecordRefused.
    """
    machine = record.measured_on
    if machine.accelerator != "cpu":
        return None
    peaks = record.peaks
    bandwidth = None if peaks is None else _figure(peaks.bytes_per_s, peaks)
    flops = None if peaks is None else _figure(peaks.flops_per_s, peaks)
    return cpu_of(machine.host, bandwidth, flops, record.gpu)


def measured_steps(record: ThroughputRecord, name: str) -> MeasuredSteps:
    """By the runs that calibrate; `name` is the record's file. Its source says how well those that
    are held out were met.

    Raises NotEnoughMeasured and RecordRefused. Takes about a second. Pure.
    """
    try:
        checked = check(record)
    except NotEnoughMeasured:
        engine, held = calibrated(record), "nothing was held out"
    else:
        engine = checked.engine
        throughput, ttft = checked.worst
        held = (
            f"{len(checked.held_out)} held out were predicted within {throughput:.0%} on "
            f"throughput and {ttft:.0%} on p95 TTFT"
        )
        if checked.reasons:
            held += ", which were disturbed"
    assert isinstance(engine.steps, StepTimes)
    return MeasuredSteps(
        steps=engine.steps,
        tensor_parallel_size=record.tensor_parallel_size,
        max_num_seqs=engine.max_num_seqs,
        source=f"runs of {record.model} in {name}; {held}",
        kv_cache_bytes=_cache_bytes(record.measured_on),
    )


def _cache_bytes(machine: Fingerprint) -> float | None:
    """What vLLM was told to keep on a CPU; None where it was not told, or is not a number."""
    told = machine.engine.arguments.get(_CACHE_GIB)
    try:
        return float(told) * GIB if isinstance(told, str) else None
    except ValueError:
        return None


def _figure(value: float, peaks: PeaksUsed) -> Figure:
    return Figure(value, peaks.source, Confidence.MEASURED)
