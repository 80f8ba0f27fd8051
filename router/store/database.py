"""The one database that replicas share: SQLite (WAL) on one host, PostgreSQL beyond.

On both, one transaction writes at a time: what it has read stays true until it commits, so that a
job which reads, decides and writes is right as it stands, and none of them deadlocks with another.
Readers see one moment, and neither wait for the writer nor hold it up.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, Engine, MetaData, create_engine, event

if TYPE_CHECKING:
    from router.store.pulse import Pulse

metadata = MetaData()
"""Every table of ours; each package that keeps state declares its own on it."""

BUSY_TIMEOUT_MS = 2_000
"""How long a transaction waits for another one that writes."""

STATEMENT_TIMEOUT_MS = 30_000
IDLE_WRITER_TIMEOUT_MS = 5_000
"""A process that stops in the middle of writing holds everybody up for no longer than that."""

WRITER_LOCK = 0x52696E67
"""The advisory lock of whoever writes to a PostgreSQL database: "Ring"."""

_CONNECT_TIMEOUT_S = 2
# libpq's own: a host that is gone without a word is noticed while an answer is waited for, too.
POSTGRESQL_CONNECTION = {
    "connect_timeout": _CONNECT_TIMEOUT_S,
    "keepalives_idle": 1,
    "keepalives_interval": 1,
    "keepalives_count": 2,
    "tcp_user_timeout": 2_000,
    "application_name": "ringfence",
}
_POSTGRESQL_SESSION = (
    "SET synchronous_commit = on",
    f"SET statement_timeout = {STATEMENT_TIMEOUT_MS}",
    f"SET lock_timeout = {BUSY_TIMEOUT_MS}",
    "SET default_transaction_isolation = 'read committed'",
)
_BEGIN_WRITING = (
    f"SELECT set_config('idle_in_transaction_session_timeout', '{IDLE_WRITER_TIMEOUT_MS}', true),"
    f" pg_advisory_xact_lock({WRITER_LOCK})"
)


def connect(url: str) -> Engine:
    """An engine whose commits are durable when they return. Opens no connection yet.

    `url` is `sqlite:///FILE` or `postgresql+psycopg://…`. Every transaction of the engine may
    write, and is alone in that; `reading` is for those that do not.
    """
    # Errors and logs of the library would otherwise quote what is written.
    if url.startswith("sqlite"):
        engine = create_engine(url, hide_parameters=True)
        event.listen(engine, "connect", _set_up_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return engine
    engine = create_engine(
        url,
        hide_parameters=True,
        # Connections of before a failover are found dead before anything is written on them.
        pool_pre_ping=True,
        pool_timeout=_CONNECT_TIMEOUT_S,
        connect_args=POSTGRESQL_CONNECTION,
    )
    event.listen(engine, "connect", _set_up_postgresql)
    event.listen(engine, "begin", _begin_postgresql)
    return engine


def reading(engine: Engine) -> Engine:
    """The same database for transactions that only read, all of one moment, and wait for no writer.

    PostgreSQL refuses to write in them.
    """
    if engine.dialect.name == "sqlite":
        return engine.execution_options(read_only=True)
    return engine.execution_options(
        read_only=True, postgresql_readonly=True, isolation_level="REPEATABLE READ"
    )


def pulses(engine: Engine) -> tuple[Pulse, ...]:
    """What makes errors of a database that hangs, for a process that serves: one for PostgreSQL.

    None for SQLite, where a file that is locked says so by itself. To be called before the engine
    connects for the first time.
    """
    if engine.dialect.name != "postgresql":
        return ()
    from router.store.pulse import Pulse  # noqa: PLC0415 -- psycopg is an extra

    return (Pulse(engine),)


def _set_up_sqlite(connection: Any, _record: object) -> None:
    # The driver's own transaction handling would commit behind SQLAlchemy's back around savepoints.
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        # What is deleted is overwritten: a destroyed key must not lie in a free page.
        "secure_delete=ON",
        f"busy_timeout={BUSY_TIMEOUT_MS}",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    # A deferred transaction that becomes a writer half-way fails at once if another is writing.
    read_only = connection.get_execution_options().get("read_only", False)
    connection.exec_driver_sql("BEGIN" if read_only else "BEGIN IMMEDIATE")


def _set_up_postgresql(connection: Any, _record: object) -> None:
    # Outside a transaction, or the first rollback would undo it.
    connection.autocommit = True
    for setting in _POSTGRESQL_SESSION:
        connection.execute(setting)
    connection.autocommit = False


def _begin_postgresql(connection: Connection) -> None:
    # At read committed, what comes after the lock sees all that its last holder has committed.
    if not connection.get_execution_options().get("read_only", False):
        connection.exec_driver_sql(_BEGIN_WRITING)
