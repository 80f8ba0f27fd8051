"""Whether the machines that engines run on are still those that models.yaml's records tell of."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping

from prometheus_client.core import Metric

from benchmarks.throughput.record import RecordRefused, ThroughputRecord, read
from hardware.fingerprint import from_json
from hardware.gpu_table import GPUTable
from router.registry.card import RecordReference
from router.registry.registry import Registry
from serving.bench.throughput.stale import as_deployed, stale_here
from serving.bench.throughput.subject import gpu_name
from serving.telemetry.engine_state import EngineLoad
from serving.telemetry.gauges import gauges

THROUGHPUT = "throughput"
"""The figure under `measured` in models.yaml whose record capacity was planned on."""

logger = logging.getLogger(__name__)


class RecordState:
    """Reads each record once: what a reference means does not change."""

    def __init__(self, table: GPUTable) -> None:
        self._table = table
        self._records: dict[RecordReference, ThroughputRecord | None] = {}

    def state(self, registry: Registry, loads: Iterable[EngineLoad]) -> Metric:
        """1 for a model of which a replica runs on what its record does not tell of any more, 0
        where all are on what it does.

        A model has no series while it names no record, or no replica of it says where it runs; and
        a replica on another kind of machine than the record's says nothing for or against it.
        """
        stale: dict[str, bool] = {}
        for load in loads:
            if load.machine is None or (found := self._is_stale(registry, load)) is None:
                continue
            stale[load.model] = found or stale.get(load.model, False)
        return gauges(
            "ringfence_record_stale",
            "Whether a model's record of throughput is of another machine, engine or weights than"
            " run now: 1 or 0.",
            ("model",),
            _series(stale).items(),
        )

    def _is_stale(self, registry: Registry, load: EngineLoad) -> bool | None:
        entry = registry.entries.get(load.model)
        reference = None if entry is None else entry.card.measured.get(THROUGHPUT)
        if entry is None or reference is None or load.machine is None:
            return None
        record = self._record(reference)
        if record is None:
            return None
        now = from_json(load.machine)
        if gpu_name(now, self._table) != record.gpu:
            return None
        return bool(stale_here(record, now, self._table, as_deployed(entry, record, now)))

    def _record(self, reference: RecordReference) -> ThroughputRecord | None:
        if reference not in self._records:
            try:
                self._records[reference] = read(reference.path)
            except RecordRefused:
                # Its bytes are those that were meant, or the rules would not have been loaded.
                logger.warning("a record of throughput in models.yaml is of another benchmark")
                self._records[reference] = None
        return self._records[reference]


def _series(stale: Mapping[str, bool]) -> dict[tuple[str, ...], float]:
    return {(model,): float(found) for model, found in stale.items()}
