"""Puts entries into the log's order and signs it, off the request's way."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import TypeVar

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import Connection, Engine

from router.protocols import Clock
from router.store.database import reading
from router.store.writer import Writer
from serving.audit.leading import MAX_PLACED, Leading, entries_wait

logger = logging.getLogger(__name__)
T = TypeVar("T")

POLL_INTERVAL_S = 0.25
RETRY_INTERVAL_S = 1.0
_TIMEOUT_S = 10.0


class Sequencer:
    """Every replica has one, and the one that holds the lease works; see `lease.py`.

    What waits is in the database, so that nothing is missed whoever dies: an entry has its place
    within a second of being durable, or of the lease of a dead leader. While the log grows it is
    signed every `checkpoint_interval_s`, and once more at `close`. Nothing is written while nothing
    waits. Effects: owns a thread from `start` to `close`; the writer must outlive it.
    """

    def __init__(
        self,
        engine: Engine,
        writer: Writer,
        key: Ed25519PrivateKey,
        clock: Clock,
        checkpoint_interval_s: float,
    ) -> None:
        self._engine = reading(engine)
        self._writer = writer
        self._leading = Leading(key, clock, checkpoint_interval_s)
        self._failure: str | None = None
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._run, name="log-sequencer", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def close(self) -> None:
        """Returns when what waits has its place and is signed, unless another replica leads."""
        self._closing.set()
        self._thread.join()

    def _run(self) -> None:
        pause_s = 0.0
        while not self._closing.wait(pause_s):
            pause_s = self._guarded(self._work_if_due)
        self._guarded(self._finish)

    def _guarded(self, work: Callable[[], float]) -> float:
        """Does `work`, and returns for how long to rest. A failure is said once, until it ends."""
        try:
            pause_s = work()
        except Exception as error:  # whatever it is, the next try may do
            failure = type(error).__name__
            if failure != self._failure:
                logger.warning("the audit log could not be sequenced: %s", failure)
            self._failure = failure
            return RETRY_INTERVAL_S
        if self._failure is not None:
            logger.warning("the audit log is sequenced again")
        self._failure = None
        return pause_s

    def _work_if_due(self) -> float:
        with self._engine.connect() as connection:
            if not (entries_wait(connection) or self._leading.signing_is_due(connection)):
                return POLL_INTERVAL_S
        return 0.0 if self._written(self._leading.place) == MAX_PLACED else POLL_INTERVAL_S

    def _finish(self) -> float:
        while self._written(self._leading.place) == MAX_PLACED:
            pass
        self._written(self._leading.leave)
        return 0.0

    def _written(self, work: Callable[[Connection], T]) -> T:
        return self._writer.submit(work).result(_TIMEOUT_S)
