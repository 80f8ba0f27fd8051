"""What has to be done to the database now and then, whatever requests come."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence

from sqlalchemy import Connection

from router.store.writer import Writer

Chore = Callable[[Connection], object]

INTERVAL_S = 3_600.0


class Housekeeping:
    """Has each chore written at `start`, and again every `interval_s` until `close`.

    Effects: owns a thread that waits. Replicas may do the same chores; they must not mind.
    """

    def __init__(
        self, writer: Writer, chores: Sequence[Chore], interval_s: float = INTERVAL_S
    ) -> None:
        self._writer = writer
        self._chores = chores
        self._interval_s = interval_s
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._run, name="housekeeping", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def close(self) -> None:
        self._closing.set()
        self._thread.join()

    def _run(self) -> None:
        while True:
            for chore in self._chores:
                self._writer.owe(chore)
            if self._closing.wait(self._interval_s):
                return
