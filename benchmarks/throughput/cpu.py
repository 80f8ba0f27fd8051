"""Seconds of CPU: of those who serve, of the load, and of whoever else uses the machine."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import psutil

Family = Callable[[], Mapping[int, psutil.Process]]
"""The processes that serve, by pid, as they are now."""


@dataclass(frozen=True, slots=True)
class CpuUse:
    """`others_share` is of all usable cores; None where the system does not say, or where it is not
    known who serves.
    """

    wall_s: float
    served_s: float | None
    client_s: float
    others_share: float | None


class CpuMeter:
    """Counts from when it is made. What a process took before it ended in between is lost."""

    def __init__(self, family: Family | None, client_s: Callable[[], float]) -> None:
        self._family, self._client_s = family, client_s
        self._began_s = time.monotonic()
        self._served = {} if family is None else _taken(family())
        self._client_began_s = client_s()
        self._busy_s = _busy_s()

    def read(self) -> CpuUse:
        wall_s = time.monotonic() - self._began_s
        served_s = self._served_s()
        client_s = self._client_s() - self._client_began_s
        busy_s, cores = _busy_s(), len(os.sched_getaffinity(0))
        others = None
        if served_s is not None and busy_s is not None and self._busy_s is not None and wall_s > 0:
            others_s = busy_s - self._busy_s - served_s - client_s
            others = min(1.0, max(0.0, others_s / (wall_s * cores)))
        return CpuUse(wall_s, served_s, client_s, others)

    def _served_s(self) -> float | None:
        if self._family is None:
            return None
        return sum(
            taken_s - self._served.get(identity, 0.0)
            for identity, taken_s in _taken(self._family()).items()
        )


def _taken(processes: Mapping[int, psutil.Process]) -> dict[tuple[int, float], float]:
    """By pid and start: a pid alone is used again."""
    taken = {}
    for pid, process in processes.items():
        try:
            times = process.cpu_times()
            taken[pid, process.create_time()] = times.user + times.system
        except psutil.Error:
            continue
    return taken


def _busy_s() -> float | None:
    """Seconds that the usable cores were busy since the system started, whoever it was for."""
    try:
        cores = psutil.cpu_times(percpu=True)
    except OSError:
        return None
    usable = [cores[index] for index in os.sched_getaffinity(0) if index < len(cores)]
    if not usable:
        return None
    idle = ("idle", "iowait", "guest", "guest_nice")  # a guest's time is in user's already
    return float(
        sum(value for core in usable for name, value in core._asdict().items() if name not in idle)
    )
