"""A log for tests: a migrated database, a writer, entries to put in."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import Connection, Engine, func, select

from router.audit.acts import Act, record_act
from router.audit.log.faults import Verification
from router.audit.log.prove import latest_checkpoint
from router.audit.log.tables import log_checkpoints, log_leaves
from router.audit.log.verify import verify
from router.clock import SystemClock
from router.protocols import Clock
from router.store.database import connect, reading
from router.store.migrate import migrate
from router.store.writer import Writer
from serving.audit.sequencer import Sequencer


@dataclass
class LogCase:
    engine: Engine
    writer: Writer
    key: Ed25519PrivateKey

    def record(self, count: int) -> list[str]:
        """The ids of as many acts, which are durable when this returns."""
        waiting = [self.writer.submit(an_act) for _ in range(count)]
        return [each.result(30) for each in waiting]

    def sequencer(
        self, checkpoint_interval_s: float = 60.0, clock: Clock | None = None
    ) -> Sequencer:
        """Not started. Replicas have one each, over one database."""
        clock = clock or SystemClock()
        return Sequencer(self.engine, self.writer, self.key, clock, checkpoint_interval_s)

    def sequence(self) -> str:
        """Has all that waits placed and signed; returns that checkpoint's note."""
        sequencer = self.sequencer()
        sequencer.start()
        sequencer.close()
        with reading(self.engine).connect() as connection:
            note = latest_checkpoint(connection)[1]
        assert note is not None
        return note

    def verify(self, *witnesses: str) -> Verification:
        return verify(self.engine, self.key.public_key(), witnesses=witnesses)

    @property
    def placed(self) -> int:
        with reading(self.engine).connect() as connection:
            return connection.execute(select(func.count()).select_from(log_leaves)).scalar_one()

    @property
    def signed(self) -> list[int]:
        """The sizes of all checkpoints."""
        with reading(self.engine).connect() as connection:
            sizes = select(log_checkpoints.c.size).order_by(log_checkpoints.c.size)
            return list(connection.scalars(sizes))


def an_act(connection: Connection) -> str:
    return record_act(connection, Act("test.happened", "a test"), time.time())


@contextmanager
def log_case(url: str, key: Ed25519PrivateKey | None = None) -> Iterator[LogCase]:
    engine = connect(url)
    migrate(engine)
    # As long as any test: what is refused sooner was not waited for.
    writer = Writer(engine, timeout_s=300.0)
    writer.start()
    try:
        yield LogCase(engine, writer, key or Ed25519PrivateKey.generate())
    finally:
        writer.close()
        engine.dispose()
