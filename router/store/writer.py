"""The one thread of a process that writes, committing what waits as one transaction."""

from __future__ import annotations

import asyncio
import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import SQLAlchemyError

from router.errors import LedgerUnavailable

T = TypeVar("T")
_Job = tuple[Callable[[Connection], Any], "Future[Any]"]

MAX_BATCH = 256
UNAVAILABLE = "The record of this request could not be made durable; nothing was answered."


class Writer:
    """Group commit: jobs that arrive while a commit is under way share the next one.

    Effects: owns a thread and one connection from `start` to `close`. A job is a function of the
    connection; it runs in a savepoint of its own, so that one that fails takes no other with it.
    """

    def __init__(self, engine: Engine, *, timeout_s: float = 5.0) -> None:
        self._engine = engine
        self._timeout_s = timeout_s
        self._jobs: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="store-writer", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def close(self) -> None:
        """Returns when everything submitted so far is committed or has failed."""
        self._jobs.put(None)
        self._thread.join()

    async def write(self, work: Callable[[Connection], T]) -> T:
        """Runs `work` in a transaction and returns its result once that is durable.

        Raises LedgerUnavailable if it is not durable in time (it may become so later) or at all.
        Cancelling the caller does not cancel the job.
        """
        future: Future[T] = Future()
        self._jobs.put((work, future))
        try:
            waiter = asyncio.shield(asyncio.wrap_future(future))
            return await asyncio.wait_for(waiter, self._timeout_s)
        except (TimeoutError, SQLAlchemyError) as error:
            raise LedgerUnavailable(UNAVAILABLE, retry_after_s=1) from error

    def _run(self) -> None:
        while True:
            job = self._jobs.get()
            if job is None:
                return
            batch, stop = self._drain(job)
            self._commit(batch)
            if stop:
                return

    def _drain(self, first: _Job) -> tuple[list[_Job], bool]:
        batch = [first]
        while len(batch) < MAX_BATCH:
            try:
                job = self._jobs.get_nowait()
            except queue.Empty:
                break
            if job is None:
                return batch, True
            batch.append(job)
        return batch, False

    def _commit(self, batch: list[_Job]) -> None:
        settled: list[tuple[Future[Any], Any, Exception | None]] = []
        try:
            with self._engine.begin() as connection:
                for work, future in batch:
                    try:
                        with connection.begin_nested():
                            settled.append((future, work(connection), None))
                    except Exception as error:
                        settled.append((future, None, error))
        except Exception as error:
            settled = [(future, None, error) for _, future in batch]
        for future, result, failure in settled:
            if failure is None:
                future.set_result(result)
            else:
                future.set_exception(failure)
