"""A record → the engine that was measured, as a simulation has it: what a plan predicts with.

Which runs calibrate and which are held out is one rule for all records, so that nobody chooses it
by what comes out. At the innermost layer that was measured,

    calibrate   closed loops, prefill alone, decode alone
    held out    everything at once (offline), and Poisson arrivals (open)

A plan is about arrivals that nobody paces: they are what has to be predicted. What sends one
conversation again and again (unloaded) meets a cache, and is neither. A run that was spoiled counts
only where its scenario has no other.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from benchmarks.throughput.figures import median
from benchmarks.throughput.record import Run, ThroughputRecord
from benchmarks.throughput.scenario import Kind
from benchmarks.throughput.validity import SPOILED
from hardware.capacity import GIB, EngineLimits
from hardware.fingerprint import Fingerprint
from hardware.queueing_calibrate import MeasuredPoint, NotEnoughMeasured, calibrate
from hardware.queueing_fit import Observed, fit_to_runs
from hardware.queueing_replay import Sent
from hardware.queueing_replica import Engine
from hardware.queueing_steps import StepTimes

CALIBRATING = (Kind.CLOSED, Kind.PREFILL, Kind.DECODE)
HELD_OUT = (Kind.OFFLINE, Kind.OPEN)

_BATCHED_TOKENS = ((160 * GIB, 16_384), (70 * GIB, 8_192))
"""What vLLM's server takes of itself from so much memory on; A100s are as the smaller ones."""

_UNBOUNDED_TOKENS = 10**12
_NO_STEPS = StepTimes(0.0, 0.0, 0.0, 0.0, 0.0)


def calibrated(record: ThroughputRecord) -> Engine:
    """Raises NotEnoughMeasured, and RecordRefused for a fingerprint of another schema. Pure; takes
    a tenth of a second for a quick record, and minutes for a full one of a large GPU.

    Its cache has no bound: what ran at a time had room, or no record would have it.
    """
    runs = [run for kind in CALIBRATING for run in runs_of(record, kind)]
    observed = [
        _observed([run for run in runs if run.scenario == scenario])
        for scenario in dict.fromkeys(run.scenario for run in runs)
    ]
    first = calibrate(closed_points(record))
    engine = Engine(
        steps=_NO_STEPS,
        max_num_seqs=record.slots,
        max_num_batched_tokens=_batched_tokens(record.measured_on),
        kv_tokens=_UNBOUNDED_TOKENS,
    )
    steps = fit_to_runs(engine, first, observed)
    return Engine(steps, engine.max_num_seqs, engine.max_num_batched_tokens, engine.kv_tokens)


def closed_points(record: ThroughputRecord) -> list[MeasuredPoint]:
    """Those by which a line is begun, and efficiencies are told. Raises NotEnoughMeasured."""
    closed = [one for one in record.points if one.concurrency is not None]
    if not closed:
        raise NotEnoughMeasured(
            "the record has no closed loop to calibrate by: measure with `ringfence bench "
            "throughput --profile standard`"
        )
    return [MeasuredPoint(**dict(one)) for one in closed]


def runs_of(record: ThroughputRecord, kind: Kind) -> Iterator[Run]:
    """Of the innermost layer, with answers; the spoiled ones of a scenario only if all are."""
    layer = record.layers[0] if record.layers else None
    here = [run for run in record.runs if run.kind is kind and run.layer is layer]
    for scenario in dict.fromkeys(run.scenario for run in here):
        repeats = [run for run in here if run.scenario == scenario and run.ttft_s is not None]
        yield from [run for run in repeats if not spoiled_by(run)] or repeats


def spoiled_by(run: Run) -> tuple[str, ...]:
    """The kinds of warnings by which a figure is not that of the machine."""
    return tuple(kind for kind in SPOILED if any(said.startswith(kind) for said in run.warnings))


def sent(run: Run) -> tuple[Sent, ...]:
    columns = run.samples
    return tuple(map(Sent, columns.start_s, columns.isl, columns.osl))


def at_a_time(run: Run) -> int | None:
    return run.concurrency if run.kind is Kind.CLOSED else None


def lengths_seen(record: ThroughputRecord) -> tuple[Sequence[int], Sequence[int]]:
    """Tokens of prompts and of answers in the runs that calibrate."""
    runs = [run for kind in CALIBRATING for run in runs_of(record, kind)]
    return [one for run in runs for one in run.samples.isl], [
        one for run in runs for one in run.samples.osl
    ]


def _observed(repeats: Sequence[Run]) -> Observed:
    """The first repeat, as one to replay, with the medians of all."""
    ttft_s = median([run.ttft_s.mean for run in repeats if run.ttft_s is not None])
    tpot_s = median([run.tpot_s.mean for run in repeats if run.tpot_s is not None])
    assert ttft_s is not None
    return Observed(sent(repeats[0]), at_a_time(repeats[0]), ttft_s, tpot_s)


def _batched_tokens(machine: Fingerprint) -> int:
    """max_num_batched_tokens: as the engine was told, or as vLLM's server has it by itself."""
    told = machine.engine.arguments.get("max_num_batched_tokens")
    if isinstance(told, int) and not isinstance(told, bool):
        return told
    gpus = machine.gpus.devices
    memory_bytes = min((gpu.memory_bytes or 0 for gpu in gpus), default=0)
    if not any("a100" in gpu.name.lower() for gpu in gpus):
        for at_least_bytes, tokens in _BATCHED_TOKENS:
            if memory_bytes >= at_least_bytes:
                return tokens
    return EngineLimits().max_num_batched_tokens
