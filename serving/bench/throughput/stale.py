"""Records of this kind of machine that no longer tell of this one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from benchmarks.throughput.record import ThroughputRecord, latest
from benchmarks.throughput.staleness import engine_facts, staleness
from hardware.differences import Difference
from hardware.fingerprint import EngineFacts, Fingerprint
from hardware.gpu_table import GPUTable
from router.registry.registry import RegisteredModel, Registry, VllmBackend
from serving.bench.throughput.subject import gpu_name

AGAIN = "measure again with `ringfence bench throughput`"


def stale_here(
    record: ThroughputRecord, now: Fingerprint, table: GPUTable, engine: EngineFacts | None = None
) -> tuple[Difference, ...]:
    """What of the record's machine is different now; none where it still holds, or is another kind.

    `now` is a probe of this machine. `engine` is the deployment as it is to run; without one, the
    engine and its arguments are taken to be the record's, and the machine alone is looked at.
    Raises RecordRefused. Pure.
    """
    if gpu_name(now, table) != record.gpu:
        return ()
    return staleness(replace(now, engine=engine or record.measured_on.engine), record)


def stale_models(
    registry: Registry, results: Path, now: Fingerprint, table: GPUTable
) -> Mapping[str, tuple[Difference, ...]]:
    """By key, the models whose last record on this kind of machine is stale, and of what.

    Reads the records below `results`; a model that has none is not stale, it is unknown. Raises
    RecordRefused.
    """
    stale = {}
    for key, entry in registry.entries.items():
        found = latest(results, gpu_name(now, table), key)
        if found is None:
            continue
        record = found[1]
        changed = stale_here(record, now, table, as_deployed(entry, record, now))
        if changed:
            stale[key] = changed
    return stale


def said(name: str, changed: tuple[Difference, ...]) -> str:
    """One line for people, of a record or a model by that name."""
    return f"{name} is stale: {'; '.join(map(str, changed))}; {AGAIN}"


def as_deployed(
    entry: RegisteredModel, record: ThroughputRecord, now: Fingerprint
) -> EngineFacts | None:
    """What the engine would be told on a machine; unsaid weights are taken for the record's. None
    where no engine of ours would run there.
    """
    backend = entry.backend
    if not isinstance(backend, VllmBackend) or now.accelerator not in backend.profiles:
        return None
    digest = entry.expected_weights_digest or record.measured_on.engine.model_digest
    return engine_facts(backend.profiles[now.accelerator], digest)
