"""What SQLite's write-ahead log still has of what was overwritten in the database."""

from __future__ import annotations

import sqlite3
import threading
from contextlib import closing

from sqlalchemy import Engine

BUSY_S = 0.1
"""How long a checkpoint waits for readers: writers wait with it."""

RETRY_INTERVAL_S = 10.0


def truncate_wal(engine: Engine) -> bool:
    """Empties the log after its last change is in the database; True once nothing old is in it.

    On a connection of its own, outside of any transaction. False while somebody reads or writes
    who cannot be waited for: then nothing is lost, and it is to be tried again. True at once for
    another database than SQLite.
    """
    if engine.dialect.name != "sqlite" or engine.url.database is None:
        return True
    try:
        with closing(
            sqlite3.connect(engine.url.database, timeout=BUSY_S, isolation_level=None)
        ) as connection:
            busy, _, _ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    except sqlite3.OperationalError:
        return False
    return not busy


class WalTruncation:
    """Truncates when it is asked to, and again until it could.

    Effects: owns a thread from `start` to `close`. To ask inside of the transaction that overwrites
    is soon enough: a checkpoint has to wait for its end.
    """

    def __init__(self, engine: Engine, retry_interval_s: float = RETRY_INTERVAL_S) -> None:
        self._engine = engine
        self._retry_interval_s = retry_interval_s
        self._asked = threading.Event()
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._run, name="wal-truncation", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def close(self) -> None:
        self._closing.set()
        self._asked.set()
        self._thread.join()

    def ask(self) -> None:
        self._asked.set()

    def _run(self) -> None:
        while True:
            self._asked.wait()
            self._asked.clear()
            while not self._closing.is_set() and not truncate_wal(self._engine):
                self._closing.wait(self._retry_interval_s)
            if self._closing.is_set():
                return
