"""What has to be done to the database now and then, whatever requests come."""

from __future__ import annotations

import logging
import queue
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from enum import Enum
from typing import TypeAlias

from sqlalchemy import Connection

from router.store.writer import Writer

logger = logging.getLogger(__name__)

INTERVAL_S = 3_600.0
RETRY_INTERVAL_S = 60.0


class Progress(Enum):
    """What a chore may return that takes a transaction for each portion of its work."""

    DONE = "done"
    MORE = "more"


Chore: TypeAlias = Callable[[Connection], object]
"""A job of the writer's: it may be run again. One that returns `Progress.MORE` goes on at once."""

_Ended: TypeAlias = tuple[int, Future[object]]


class Housekeeping:
    """Has each chore written at `start`, and again every `interval_s` until `close`.

    One that fails is tried again after `retry_interval_s`, and the type of its error is logged. The
    writer has each of them once at most, however long the database is away.

    Effects: owns a thread that waits. Replicas may do the same chores; they must not mind.
    """

    def __init__(
        self,
        writer: Writer,
        chores: Sequence[Chore],
        interval_s: float = INTERVAL_S,
        retry_interval_s: float = RETRY_INTERVAL_S,
    ) -> None:
        self._writer = writer
        self._chores = tuple(chores)
        self._interval_s = interval_s
        self._retry_interval_s = retry_interval_s
        self._ended: queue.SimpleQueue[_Ended | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="housekeeping", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def close(self) -> None:
        """Waits for no chore: what the writer has, it still writes."""
        self._ended.put(None)
        self._thread.join()

    def _run(self) -> None:
        due_s = dict.fromkeys(range(len(self._chores)), time.monotonic())
        while True:
            now_s = time.monotonic()
            for number in [number for number, at_s in due_s.items() if at_s <= now_s]:
                del due_s[number]
                self._submit(number)
            wait_s = min(due_s.values()) - now_s if due_s else None
            try:
                ended = self._ended.get(timeout=wait_s)
            except queue.Empty:
                continue
            if ended is None:
                return
            number, future = ended
            due_s[number] = time.monotonic() + self._pause_s(future)

    def _submit(self, number: int) -> None:
        future = self._writer.submit(self._chores[number])
        future.add_done_callback(lambda done: self._ended.put((number, done)))

    def _pause_s(self, ended: Future[object]) -> float:
        error = ended.exception()
        if error is None:
            return 0.0 if ended.result() is Progress.MORE else self._interval_s
        # Not what it says: that may have a row's values in it.
        logger.warning(
            "housekeeping: a chore failed (%s) and is tried again in %g s",
            type(error).__name__,
            self._retry_interval_s,
        )
        return self._retry_interval_s
