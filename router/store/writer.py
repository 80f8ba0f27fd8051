"""The one thread of a process that writes, committing what waits as one transaction."""

from __future__ import annotations

import asyncio
import queue
import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any, TypeVar, cast

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import OperationalError, SQLAlchemyError

from router.errors import LedgerUnavailable

T = TypeVar("T")
MAX_BATCH = 256
MAX_OWED = 10_000
RETRY_INTERVAL_S = 0.5
UNAVAILABLE = "The record of this request could not be made durable."


@dataclass(slots=True, eq=False)
class _Job:
    """`owed` has to be written even when nobody waits any more: it is tried until it is."""

    work: Callable[[Connection], Any]
    owed: bool
    future: Future[Any] = field(default_factory=Future)


class Writer:
    """Group commit: jobs that arrive while a commit is under way share the next one.

    Effects: owns a thread and one connection from `start` to `close`. A job is a function of the
    connection; it runs in a savepoint of its own, so that one that fails takes no other with it.
    """

    def __init__(self, engine: Engine, *, timeout_s: float = 5.0) -> None:
        self._engine = engine
        self._timeout_s = timeout_s
        self._jobs: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._owed: deque[_Job] = deque(maxlen=MAX_OWED)
        self._thread = threading.Thread(target=self._run, name="store-writer", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def close(self) -> None:
        """Returns when everything submitted so far is committed or has failed."""
        self._jobs.put(None)
        self._thread.join()

    async def write(self, work: Callable[[Connection], T], *, owed: bool = False) -> T:
        """Runs `work` in a transaction and returns its result once that is durable.

        Raises LedgerUnavailable if it is not durable in time (it may become so later) or at all;
        with `owed` it is tried again until it is. Cancelling the caller does not cancel the job.
        """
        job = _Job(work, owed)
        self._jobs.put(job)
        try:
            waiter = asyncio.shield(asyncio.wrap_future(job.future))
            return cast("T", await asyncio.wait_for(waiter, self._timeout_s))
        except (TimeoutError, SQLAlchemyError) as error:
            raise LedgerUnavailable(UNAVAILABLE, retry_after_s=1) from error

    def owe(self, work: Callable[[Connection], Any]) -> None:
        """Has `work` written as soon as may be; nobody waits for it."""
        self._jobs.put(_Job(work, owed=True))

    def _run(self) -> None:
        stop = False
        while not stop:
            batch, stop = self._next_batch()
            if batch:
                self._commit(batch)

    def _next_batch(self) -> tuple[list[_Job], bool]:
        """What waits, and whether it is the last. What is owed goes along."""
        try:
            job = self._jobs.get(timeout=RETRY_INTERVAL_S if self._owed else None)
        except queue.Empty:
            return self._take_owed(), False
        batch: list[_Job] = []
        while job is not None and len(batch) < MAX_BATCH:
            batch.append(job)
            try:
                job = self._jobs.get_nowait()
            except queue.Empty:
                return [*self._take_owed(), *batch], False
        if job is not None:
            batch.append(job)
        return [*self._take_owed(), *batch], job is None

    def _take_owed(self) -> list[_Job]:
        owed = list(self._owed)
        self._owed.clear()
        return owed

    def _commit(self, batch: list[_Job]) -> None:
        settled: list[tuple[_Job, Any, Exception | None]] = []
        try:
            with self._engine.begin() as connection:
                whole = connection.begin_nested()
                for job in batch:
                    try:
                        with connection.begin_nested():
                            result = job.work(connection)
                        settled.append((job, result, None))
                    except Exception as error:
                        # Handed to whoever submitted the job.
                        settled.append((job, None, error))
                        if not isinstance(error, OperationalError):
                            continue  # of the job's own
                        if job.owed:
                            self._owed.append(job)
                        # When its disk is full, SQLite undoes the whole transaction by itself, and
                        # the commit at its end says nothing. Then this savepoint is gone, too, and
                        # to release it fails.
                        whole.commit()
                        whole = connection.begin_nested()
        except Exception as error:
            settled = [(job, None, error) for job in batch]
            self._owed.extend(job for job in batch if job.owed and job not in self._owed)
        for job, result, failure in settled:
            if job.future.done():
                continue  # owed from an earlier try, and told then
            if failure is None:
                job.future.set_result(result)
            else:
                job.future.set_exception(failure)
