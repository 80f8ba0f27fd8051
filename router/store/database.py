"""The one database that replicas share: SQLite (WAL) on one host, PostgreSQL beyond."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Engine, MetaData, create_engine, event

metadata = MetaData()
"""Every table of ours; each package that keeps state declares its own on it."""

BUSY_TIMEOUT_MS = 2_000


def connect(url: str) -> Engine:
    """An engine whose commits are durable when they return. Opens no connection yet."""
    # Errors and logs of the library would otherwise quote what is written.
    engine = create_engine(url, pool_pre_ping=not url.startswith("sqlite"), hide_parameters=True)
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _set_up_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    return engine


def reading(engine: Engine) -> Engine:
    """The same database for transactions that only read; on SQLite they never wait for a writer."""
    return engine.execution_options(read_only=True)


def _set_up_sqlite(connection: Any, _record: object) -> None:
    # The driver's own transaction handling would commit behind SQLAlchemy's back around savepoints.
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        f"busy_timeout={BUSY_TIMEOUT_MS}",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    # A deferred transaction that becomes a writer half-way fails at once if another is writing.
    read_only = connection.get_execution_options().get("read_only", False)
    connection.exec_driver_sql("BEGIN" if read_only else "BEGIN IMMEDIATE")
