"""What a replica reports to Ray Serve's controller, which keeps numbers by name."""

from __future__ import annotations

import math
import time
from collections import deque
from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import asdict, fields
from typing import TypeAlias

from router.registry.deployment import Targets
from serving.autoscaling.policy import ReplicaLoad

WINDOW_S = 30.0
"""Of this long ago at most are the first tokens that the percentile is of."""

Metrics: TypeAlias = Mapping[str, Mapping[Hashable, float]]
"""All that Serve has of a deployment, by name and replica."""

_KV_USE = "kv_use"
_WAITING_REQUESTS = "waiting_requests"
_TTFT_P95_S = "ttft_p95_s"
_TARGETS = frozenset(field.name for field in fields(Targets))
_MOST_SAMPLES = 10_000


class RecentTTFT:
    """The times to first tokens of late, in seconds. For one event loop; `now_s` is monotonic."""

    def __init__(self, now_s: Callable[[], float] = time.monotonic) -> None:
        self._now_s = now_s
        self._samples: deque[tuple[float, float]] = deque(maxlen=_MOST_SAMPLES)

    def add(self, ttft_s: float) -> None:
        self._samples.append((self._now_s(), ttft_s))

    def p95_s(self) -> float | None:
        """By nearest rank; None without any sample."""
        since_s = self._now_s() - WINDOW_S
        while self._samples and self._samples[0][0] < since_s:
            self._samples.popleft()
        ordered = sorted(ttft_s for _, ttft_s in self._samples)
        return ordered[math.ceil(0.95 * len(ordered)) - 1] if ordered else None


def report_of(load: ReplicaLoad, targets: Targets) -> dict[str, float]:
    """For `record_autoscaling_stats`; what is not known, or no target, has no name in it.

    Targets come with the load: Serve starts replicas again for a policy with other arguments.
    """
    said = {
        _KV_USE: load.kv_use,
        _WAITING_REQUESTS: load.waiting_requests,
        _TTFT_P95_S: load.ttft_p95_s,
        **asdict(targets),
    }
    return {name: value for name, value in said.items() if value is not None}


def load_of(metrics: Metrics, replica: Hashable) -> ReplicaLoad | None:
    """A replica's; None before its first report."""
    said = _said_by(metrics, replica)
    if _KV_USE not in said or _WAITING_REQUESTS not in said:
        return None
    return ReplicaLoad(said[_KV_USE], said[_WAITING_REQUESTS], said.get(_TTFT_P95_S))


def targets_of(metrics: Metrics, replicas: Iterable[Hashable]) -> Targets:
    """What the first replica that has reported was told; no target while none has."""
    for replica in replicas:
        said = _said_by(metrics, replica)
        if said:
            return Targets(**{name: said[name] for name in _TARGETS & said.keys()})
    return Targets()


def _said_by(metrics: Metrics, replica: Hashable) -> dict[str, float]:
    return {name: values[replica] for name, values in metrics.items() if replica in values}
