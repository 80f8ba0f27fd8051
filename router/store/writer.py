"""The one thread of a process that writes, committing what waits as one transaction."""

from __future__ import annotations

import asyncio
import queue
import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, TypeAlias, TypeVar, cast

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import OperationalError, SQLAlchemyError

from router.errors import LedgerUnavailable
from router.store.deferred import deferring

T = TypeVar("T")
MAX_BATCH = 256
MAX_OWED = 10_000
RETRY_INTERVAL_S = 0.5
UNAVAILABLE = "The record of this request could not be made durable."


@dataclass(slots=True, eq=False)
class _Job:
    """`owed` has to be written even when nobody waits any more: it is tried until it is.

    `loop` is the one that `future` belongs to, None for a future of threads.
    """

    work: Callable[[Connection], Any]
    owed: bool
    future: Future[Any] | asyncio.Future[Any] = field(default_factory=Future)
    loop: asyncio.AbstractEventLoop | None = None


_Settled: TypeAlias = tuple[_Job, Any, Exception | None]


class Writer:
    """Group commit: jobs that arrive while a commit is under way share the next one.

    Effects: owns a thread and one connection from `start` to `close`. A job is a function of the
    connection, and has no effect but on that: it may be run again. One that fails takes no other
    with it.
    """

    def __init__(self, engine: Engine, *, timeout_s: float = 5.0) -> None:
        self._engine = engine
        self._timeout_s = timeout_s
        self._jobs: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._owed: deque[_Job] = deque(maxlen=MAX_OWED)
        self._owed_last = 0
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
        loop = asyncio.get_running_loop()
        future = loop.create_future()
        self._jobs.put(_Job(work, owed, future, loop))
        try:
            return cast("T", await asyncio.wait_for(future, self._timeout_s))
        except (TimeoutError, SQLAlchemyError) as error:
            raise LedgerUnavailable(UNAVAILABLE, retry_after_s=1) from error

    def submit(self, work: Callable[[Connection], T], *, owed: bool = False) -> Future[T]:
        """As `write`, for a thread; its future raises what the database raises."""
        future: Future[T] = Future()
        self._jobs.put(_Job(work, owed, future))
        return future

    def owe(self, work: Callable[[Connection], Any]) -> None:
        """Has `work` written as soon as may be; nobody waits for it."""
        self._jobs.put(_Job(work, owed=True))

    @property
    def owed(self) -> int:
        """How many jobs had failed, and were to be tried again, when the last commit ended."""
        return self._owed_last

    def _run(self) -> None:
        stop = False
        while not stop:
            batch, stop = self._next_batch()
            if batch:
                self._commit(batch)
                # Not asked of the queue: while they are tried again, they are not in it.
                self._owed_last = len(self._owed)

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
        settled: list[_Settled] = []
        try:
            with self._engine.begin() as connection:
                settled = _together(connection, batch) or self._one_by_one(connection, batch)
        except Exception as error:
            settled = [(job, None, error) for job in batch]
            self._owed.extend(job for job in batch if job.owed and job not in self._owed)
        _tell_everybody(settled)

    def _one_by_one(self, connection: Connection, batch: list[_Job]) -> list[_Settled]:
        settled: list[_Settled] = []
        whole = connection.begin_nested()
        for job in batch:
            try:
                with connection.begin_nested():
                    result = job.work(connection)
                settled.append((job, result, None))
            except Exception as error:
                if connection.invalidated:
                    raise  # the database is gone, and all of the batch with it
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
        return settled


def _tell_everybody(settled: list[_Settled]) -> None:
    """One wake-up for each loop: one for each job would cost as much as the jobs themselves."""
    by_loop: dict[asyncio.AbstractEventLoop | None, list[_Settled]] = {}
    for each in settled:
        by_loop.setdefault(each[0].loop, []).append(each)
    for loop, told in by_loop.items():
        if loop is None:
            _tell(told)
            continue
        with suppress(RuntimeError):  # closed meanwhile: nobody waits there
            loop.call_soon_threadsafe(_tell, told)


def _tell(settled: list[_Settled]) -> None:
    for job, result, failure in settled:
        if job.future.done():
            continue  # owed from an earlier try, and told then; or nobody waits any more
        if failure is None:
            job.future.set_result(result)
        else:
            job.future.set_exception(failure)


def _together(connection: Connection, batch: list[_Job]) -> list[_Settled]:
    """All of the batch in one savepoint, which is how it nearly always ends, and cheaper by half.

    Where one of them fails nothing of them stays, and nothing is returned.
    """
    whole = connection.begin_nested()
    try:
        with deferring(connection):
            settled: list[_Settled] = [(job, job.work(connection), None) for job in batch]
    except Exception:
        if connection.invalidated:
            raise
        # Which of them it was, and what it leaves of the others, is found out one by one.
        whole.rollback()
        return []
    whole.commit()
    return settled
