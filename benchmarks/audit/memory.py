"""How much memory this process holds while something runs."""

from __future__ import annotations

import threading
from types import TracebackType

import psutil

_INTERVAL_S = 0.05
_MIB = 2**20


class PeakMemory:
    """The most that was resident within the `with`, sampled every 50 ms, in MiB."""

    def __init__(self) -> None:
        self._process = psutil.Process()
        self.start_mib = self.peak_mib = 0.0
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="peak-memory", daemon=True)

    def __enter__(self) -> PeakMemory:
        self.start_mib = self.peak_mib = self._resident_mib()
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._done.set()
        self._thread.join()
        self.peak_mib = max(self.peak_mib, self._resident_mib())

    def _watch(self) -> None:
        while not self._done.wait(_INTERVAL_S):
            self.peak_mib = max(self.peak_mib, self._resident_mib())

    def _resident_mib(self) -> float:
        return round(float(self._process.memory_info().rss) / _MIB, 1)
