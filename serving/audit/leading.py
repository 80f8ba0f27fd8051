"""What whoever leads does to the log, a transaction at a time."""

from __future__ import annotations

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import Connection, select

from router.audit.log.checkpoint import sign_checkpoint
from router.audit.log.lease import give_back_lease, take_lease
from router.audit.log.sequence import sequence
from router.audit.log.tables import log_checkpoints, log_state
from router.audit.tables import audit_pending
from router.ids import new_id
from router.protocols import Clock

LEASE = "sequencer"
MAX_PLACED = 1_000
"""Entries placed in one transaction, on which others wait meanwhile."""


class Leading:
    """One who may lead. Every method but the looks at what is due is all of a transaction.

    Raises what the log's parts raise: LogMoved, LogBroken, and what the database raises.
    """

    def __init__(self, key: Ed25519PrivateKey, clock: Clock, checkpoint_interval_s: float) -> None:
        self._key = key
        self._clock = clock
        self._checkpoint_interval_s = checkpoint_interval_s
        self._holder = new_id()

    def place(self, connection: Connection) -> int:
        """How many entries got their place: none under another's lead."""
        now_s = self._clock.now_s()
        if not take_lease(connection, LEASE, self._holder, now_s):
            return 0
        placed = sequence(connection, MAX_PLACED)
        if self.signing_is_due(connection):
            sign_checkpoint(connection, self._key, now_s)
        return placed

    def leave(self, connection: Connection) -> None:
        """Signs what is not signed, and lets the next one lead; nothing under another's lead."""
        now_s = self._clock.now_s()
        if take_lease(connection, LEASE, self._holder, now_s):
            sign_checkpoint(connection, self._key, now_s)
            give_back_lease(connection, LEASE, self._holder)

    def signing_is_due(self, connection: Connection) -> bool:
        size = connection.execute(select(log_state.c.size)).scalar()
        newest = select(log_checkpoints).order_by(log_checkpoints.c.size.desc()).limit(1)
        signed = connection.execute(newest).first()
        if signed is None:
            return bool(size)
        age_s = self._clock.now_s() - signed.created_at_s
        # A checkpoint from the future was signed by a clock that is wrong: it is not waited for.
        return size != signed.size and not 0 <= age_s < self._checkpoint_interval_s


def entries_wait(connection: Connection) -> bool:
    return connection.execute(select(audit_pending.c.entry_id).limit(1)).first() is not None
