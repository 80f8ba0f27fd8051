"""Settling: acts of commands get their places in the log at once, where no gateway leads."""

from __future__ import annotations

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import Connection, Engine

from router.audit.log.beginning import begin_log
from router.clock import SystemClock
from router.protocols import Clock
from router.store.database import connect, reading
from serving.audit.leading import MAX_PLACED, Leading, entries_wait
from serving.cluster.paths import ClusterPaths


def settle(paths: ClusterPaths) -> int:
    """As `settle_log`, over the database and with the signing key of a state directory.

    Raises OSError and ValueError, too, where the key cannot be read.
    """
    key = Ed25519PrivateKey.from_private_bytes(paths.audit_private_key.read_bytes())
    engine = connect(paths.database_url)
    try:
        return settle_log(engine, key, SystemClock())
    finally:
        engine.dispose()


def settle_log(engine: Engine, key: Ed25519PrivateKey, clock: Clock) -> int:
    """Gives all that waits its place, and signs it; returns how many entries that were.

    Does nothing where nothing waits or a gateway leads, which places it within a second. A round
    is one transaction, the lease included: a gateway that starts meanwhile finds it free, and a log
    that has grown. Raises LogError and SQLAlchemyError; what has its place then keeps it.
    """
    leading = Leading(key, clock, checkpoint_interval_s=0.0)

    def settled(connection: Connection) -> int:
        begin_log(connection, clock.now_s())
        placed = leading.place(connection)
        leading.leave(connection)
        return placed

    total = 0
    while _waits(engine):
        with engine.begin() as connection:
            placed = settled(connection)
        total += placed
        if placed < MAX_PLACED:
            break
    return total


def _waits(engine: Engine) -> bool:
    with reading(engine).connect() as connection:
        return entries_wait(connection)
