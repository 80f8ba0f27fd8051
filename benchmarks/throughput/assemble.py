"""Runs and what they were measured on → the record."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from benchmarks.throughput.definitions import DEFINITIONS
from benchmarks.throughput.efficiency import Peaks
from benchmarks.throughput.figures import rounded
from benchmarks.throughput.generator import NAME
from benchmarks.throughput.record import Cost, Objective, PeaksUsed, Run, ThroughputRecord
from benchmarks.throughput.summary import decode_rate, points, prefill_rate
from hardware.fingerprint import Fingerprint, to_json
from router.registry.throughput import Throughput, token_price


@dataclass(frozen=True, slots=True)
class Circumstances:
    """All of a record that is not a figure of a run. `gpu_hour_usd` is of one GPU."""

    measured_at: datetime
    commit: str
    uncommitted_changes: bool
    profile: str
    model: str
    gpu: str
    gpus: float
    tensor_parallel_size: int
    fingerprint: Fingerprint
    libraries: Mapping[str, str]
    slots: int
    seed: int
    objective: Objective
    peaks: Peaks | None
    gpu_hour_usd: float | None
    skipped: tuple[str, ...]


def assemble(around: Circumstances, runs: Sequence[Run]) -> ThroughputRecord:
    """Pure; the digest is put on when it is written."""
    input_rate, output_rate = prefill_rate(runs), decode_rate(runs)
    return ThroughputRecord(
        measured_at=around.measured_at,
        commit=around.commit,
        uncommitted_changes=around.uncommitted_changes,
        profile=around.profile,
        model=around.model,
        gpu=around.gpu,
        gpus=around.gpus,
        tensor_parallel_size=around.tensor_parallel_size,
        fingerprint=json.loads(to_json(around.fingerprint)),
        fingerprint_digest=around.fingerprint.digest,
        capacity_digest=around.fingerprint.capacity_digest,
        generator=NAME,
        libraries=dict(around.libraries),
        slots=around.slots,
        seed=around.seed,
        objective=around.objective,
        peaks=None
        if around.peaks is None
        else PeaksUsed(
            flops_per_s=rounded(around.peaks.flops_per_s),
            bytes_per_s=rounded(around.peaks.bytes_per_s),
            source=around.peaks.source,
        ),
        definitions=DEFINITIONS,
        workload_digest=workload_digest(runs),
        input_tokens_per_s=input_rate,
        output_tokens_per_s=output_rate,
        cost=_cost(around, input_rate, output_rate),
        points=points(runs),
        skipped=around.skipped,
        warnings=tuple(_warnings(runs)),
        runs=tuple(runs),
    )


def workload_digest(runs: Iterable[Run]) -> str:
    """Of all workloads, whatever the layers: the same where the same requests were sent."""
    sent = {f"{run.scenario}/{run.repeat}": run.workload_digest for run in runs}
    canonical = json.dumps(sent, sort_keys=True, separators=(",", ":"))
    return f"sha256:{hashlib.sha256(canonical.encode()).hexdigest()}"


def _cost(
    around: Circumstances, input_rate: float | None, output_rate: float | None
) -> Cost | None:
    if around.gpu_hour_usd is None or input_rate is None or output_rate is None:
        return None
    price = token_price(around.gpu_hour_usd, Throughput(input_rate, output_rate, around.gpus))
    return Cost(
        gpu_hour_usd=around.gpu_hour_usd,
        input_usd_per_mtok=rounded(price.input_usd_per_mtok),
        output_usd_per_mtok=rounded(price.output_usd_per_mtok),
    )


def _warnings(runs: Sequence[Run]) -> Iterator[str]:
    """What many runs were warned of, once, with how many."""
    kinds = Counter(warning.partition(":")[0] for run in runs for warning in run.warnings)
    for kind, count in kinds.most_common():
        yield f"{kind}: {count} of {len(runs)} runs"
