"""Puts entries into the log's order and signs it, off the request's way."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import TypeVar

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import Connection, Engine, select

from router.audit.log.checkpoint import sign_checkpoint
from router.audit.log.lease import give_back_lease, take_lease
from router.audit.log.sequence import sequence
from router.audit.log.tables import log_checkpoints, log_state
from router.audit.tables import audit_pending
from router.ids import new_id
from router.protocols import Clock
from router.store.database import reading
from router.store.writer import Writer

logger = logging.getLogger(__name__)
T = TypeVar("T")

LEASE = "sequencer"
POLL_INTERVAL_S = 0.25
RETRY_INTERVAL_S = 1.0
MAX_PLACED = 1_000
"""Entries placed in one job of the writer, on whose other jobs requests wait meanwhile."""
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
        self._key = key
        self._clock = clock
        self._checkpoint_interval_s = checkpoint_interval_s
        self._holder = new_id()
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
            if not (_waits(connection) or self._signing_is_due(connection)):
                return POLL_INTERVAL_S
        return 0.0 if self._written(self._lead) == MAX_PLACED else POLL_INTERVAL_S

    def _finish(self) -> float:
        while self._written(self._lead) == MAX_PLACED:
            pass
        self._written(self._leave)
        return 0.0

    def _lead(self, connection: Connection) -> int:
        """How many entries got their place: none under another's lead."""
        now_s = self._clock.now_s()
        if not take_lease(connection, LEASE, self._holder, now_s):
            return 0
        placed = sequence(connection, MAX_PLACED)
        if self._signing_is_due(connection):
            sign_checkpoint(connection, self._key, now_s)
        return placed

    def _leave(self, connection: Connection) -> None:
        now_s = self._clock.now_s()
        if take_lease(connection, LEASE, self._holder, now_s):
            sign_checkpoint(connection, self._key, now_s)
            give_back_lease(connection, LEASE, self._holder)

    def _written(self, work: Callable[[Connection], T]) -> T:
        return self._writer.submit(work).result(_TIMEOUT_S)

    def _signing_is_due(self, connection: Connection) -> bool:
        size = connection.execute(select(log_state.c.size)).scalar()
        newest = select(log_checkpoints).order_by(log_checkpoints.c.size.desc()).limit(1)
        signed = connection.execute(newest).first()
        if signed is None:
            return bool(size)
        age_s = self._clock.now_s() - signed.created_at_s
        # A checkpoint from the future was signed by a clock that is wrong: it is not waited for.
        return size != signed.size and not 0 <= age_s < self._checkpoint_interval_s


def _waits(connection: Connection) -> bool:
    return connection.execute(select(audit_pending.c.entry_id).limit(1)).first() is not None
