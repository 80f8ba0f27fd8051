"""Which GPUs of the cluster are cordoned, as the page shows it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TypeAlias

from prometheus_client.core import Metric

from serving.telemetry.gauges import gauges


@dataclass(frozen=True, slots=True)
class CordonedGPU:
    """`index` is that of `nvidia-smi` on the host; `reason` is a `Cordon`'s, some words of ours."""

    host: str
    index: int
    reason: str


CordonedGPUs: TypeAlias = Callable[[], Iterable[CordonedGPU]]
"""Those of all hosts. May block, and may fail."""


def gpu_state(cordoned: Iterable[CordonedGPU]) -> Iterator[Metric]:
    """A GPU that may be computed on has no series: nobody counts those."""
    yield gauges(
        "ringfence_gpu_cordoned",
        "GPUs that an engine's replica found unfit to compute on, and why: 1 each.",
        ("host", "index", "reason"),
        {(gpu.host, str(gpu.index), gpu.reason): 1.0 for gpu in cordoned}.items(),
    )
