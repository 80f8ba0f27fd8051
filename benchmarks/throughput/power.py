"""What GPUs draw while they are measured, and whether they were held back. Nothing without NVML."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass
from statistics import fmean
from types import TracebackType

from hardware.nvml import NVML, NVMLFailure, Question, driver

_INTERVAL_S = 0.1
_REASONS = {
    0x4: "power cap (software)",
    0x8: "hardware slowdown",
    0x20: "temperature (software)",
    0x40: "temperature (hardware)",
    0x80: "power brake (hardware)",
}
"""nvmlClocksThrottleReason*; idle clocks and clocks that somebody set are not among them."""


@dataclass(frozen=True, slots=True)
class PowerUse:
    """Of all GPUs together, in watts. `throttled` are the reasons that were given at any time."""

    mean_w: float
    peak_w: float
    samples: int
    throttled: tuple[str, ...]


class PowerMeter:
    """Asks ten times a second within the `with`; `read` afterwards. No GPU, no figures."""

    def __init__(self, nvml: Callable[[], AbstractContextManager[NVML]] = driver) -> None:
        self._nvml, self._stack = nvml, ExitStack()
        self._watts: list[float] = []
        self._reasons: set[str] = set()
        self._done = threading.Event()
        self._thread: threading.Thread | None = None

    def __enter__(self) -> PowerMeter:
        try:
            nvml = self._stack.enter_context(self._nvml())
            count = nvml.ask(Question.COUNT)
        except NVMLFailure:
            return self
        if isinstance(count, int) and count:
            self._thread = threading.Thread(
                target=self._watch, args=(nvml, count), name="power", daemon=True
            )
            self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._done.set()
        if self._thread is not None:
            self._thread.join()
        self._stack.close()

    def read(self) -> PowerUse | None:
        if not self._watts:
            return None
        return PowerUse(
            mean_w=fmean(self._watts),
            peak_w=max(self._watts),
            samples=len(self._watts),
            throttled=tuple(sorted(self._reasons)),
        )

    def _watch(self, nvml: NVML, count: int) -> None:
        while True:
            try:
                self._sample(nvml, count)
            except NVMLFailure:
                return
            if self._done.wait(_INTERVAL_S):
                return

    def _sample(self, nvml: NVML, count: int) -> None:
        """Raises NVMLFailure for cards that do not say what they draw."""
        drawn = [nvml.ask(Question.POWER, index) for index in range(count)]
        self._watts.append(sum(mw for mw in drawn if isinstance(mw, int)) / 1_000)
        for index in range(count):
            held = nvml.ask(Question.THROTTLED, index)
            if isinstance(held, int):
                self._reasons |= {said for bit, said in _REASONS.items() if held & bit}
