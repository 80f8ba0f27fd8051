"""How full each engine is, as the page shows it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TypeAlias

from prometheus_client.core import Metric

from serving.telemetry.gauges import gauges


@dataclass(frozen=True, slots=True)
class EngineLoad:
    """One replica's. `kv_use` is a share of 1; `ttft_p95_s` is of late, None without any.

    `machine` is the fingerprint of its host as JSON, without what the engine was told.
    """

    model: str
    replica: str
    kv_use: float
    waiting_requests: float
    ttft_p95_s: float | None
    machine: str | None = None


EngineLoads: TypeAlias = Callable[[], Iterable[EngineLoad]]
"""Those of all replicas, on all hosts. May block, and may fail."""


def engine_state(loads: Iterable[EngineLoad]) -> Iterator[Metric]:
    """A replica that says nothing has no series."""
    labels, found = ("model", "replica"), tuple(loads)
    yield gauges(
        "ringfence_engine_kv_use_ratio",
        "The share of an engine's KV cache that is in use.",
        labels,
        {(one.model, one.replica): one.kv_use for one in found}.items(),
    )
    yield gauges(
        "ringfence_engine_waiting_requests",
        "Requests that an engine has taken and not begun.",
        labels,
        {(one.model, one.replica): one.waiting_requests for one in found}.items(),
    )
    yield gauges(
        "ringfence_engine_time_to_first_token_p95_seconds",
        "The 95th percentile of the engine's own times to a first token, of the last half minute.",
        labels,
        {
            (one.model, one.replica): one.ttft_p95_s for one in found if one.ttft_p95_s is not None
        }.items(),
    )
