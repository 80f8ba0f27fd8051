"""Hashes the weights in service again and again, slowly, so that nobody waits for it."""

from __future__ import annotations

import logging
import os
import sys
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from serving.weights.ensure import Weights, verify_in_full
from serving.weights.errors import WeightsError

DAY_S = 86_400.0
DEFAULT_BYTES_PER_S = 64 * 1024 * 1024
"""140 GB in 35 minutes, next to what an engine's disk gives."""
_LOWEST_PRIORITY = 19

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Mismatch:
    """Weights that are in service and are not what they were: whose, and what differs."""

    models: tuple[str, ...]
    weights_digest: str
    reason: str


class Pace:
    """So many bytes a second on average; time that was not used is not made up for."""

    def __init__(
        self,
        bytes_per_s: float,
        wait: Callable[[float], object],
        now_s: Callable[[], float] = time.monotonic,
    ) -> None:
        self._bytes_per_s = bytes_per_s
        self._wait = wait
        self._now_s = now_s
        self._due_s = float("-inf")

    def __call__(self, size_bytes: int) -> None:
        """Waits until so much may have been read."""
        now_s = self._now_s()
        self._due_s = max(self._due_s, now_s) + size_bytes / self._bytes_per_s
        self._wait(self._due_s - now_s)


class BackgroundCheck:
    """Effects: a thread of the lowest priority from `start` to `close`, and reading of the disk.

    Every `interval_s` all bytes are hashed, `bytes_per_s` at most; the first time at once. Weights
    that are not what their manifest says are marked, so that no replica on this host goes on with
    them (`WeightsGuard.while_serving`), and logged; `on_mismatch` is told once for each directory.
    """

    def __init__(
        self,
        weights: Mapping[str, Weights],
        interval_s: float,
        on_mismatch: Callable[[Mismatch], None],
        *,
        bytes_per_s: float = DEFAULT_BYTES_PER_S,
    ) -> None:
        """`weights` are by registry key; two models may have the same."""
        self._by_path = _by_path(weights)
        self._interval_s = interval_s
        self._on_mismatch = on_mismatch
        self._closing = threading.Event()
        self._pace = Pace(bytes_per_s, self._wait)
        self._thread = threading.Thread(target=self._run, name="weights-check", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def close(self) -> None:
        """Ends a check that is under way, too."""
        self._closing.set()
        self._thread.join()

    def _run(self) -> None:
        if sys.platform == "linux":  # where a thread has a priority of its own
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _LOWEST_PRIORITY)
        try:
            while self._by_path:
                for path in list(self._by_path):
                    self._check(path)
                self._wait(self._interval_s)
        except _Closing:
            return

    def _check(self, path: Path) -> None:
        models, weights = self._by_path[path]
        try:
            verify_in_full(weights, self._pace)
        except WeightsError as error:
            self._found(path, Mismatch(models, weights.digest, str(error)))

    def _found(self, path: Path, mismatch: Mismatch) -> None:
        models, weights = self._by_path.pop(path)
        names = ", ".join(models)
        logger.error("weights of %s are taken out of service: %s", names, mismatch.reason)
        for tell in (weights.guard.mark, lambda _: self._on_mismatch(mismatch)):
            try:
                tell(mismatch.reason)
            except Exception as error:  # the other one is told all the same
                logger.error("the mismatch could not be told: %s", type(error).__name__)

    def _wait(self, seconds: float) -> None:
        if self._closing.wait(seconds):
            raise _Closing


class _Closing(BaseException):
    """Not an Exception: nothing on the way takes it for a failure of its own."""


def _by_path(weights: Mapping[str, Weights]) -> dict[Path, tuple[tuple[str, ...], Weights]]:
    models: dict[Path, tuple[str, ...]] = {}
    for key, found in weights.items():
        models[found.path] = (*models.get(found.path, ()), key)
    return {found.path: (models[found.path], found) for found in weights.values()}
