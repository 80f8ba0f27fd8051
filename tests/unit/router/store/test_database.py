"""A transaction is durable, alone in writing, and of one moment, whichever database it is on."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import suppress

import pytest
from sqlalchemy import (
    Column,
    Connection,
    Engine,
    Integer,
    MetaData,
    Table,
    event,
    insert,
    select,
    update,
)
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError

from router.store.database import connect, reading

metadata = MetaData()
accounts = Table(
    "accounts",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("left", Integer, nullable=False),
)


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    yield from opened(database_url)


@pytest.fixture
def on_postgres(postgres_url: str) -> Iterator[Engine]:
    yield from opened(postgres_url)


def opened(url: str) -> Iterator[Engine]:
    engine = connect(url)
    metadata.create_all(engine)
    with engine.begin() as connection:
        connection.execute(insert(accounts), [{"id": 1, "left": 100}])
    yield engine
    engine.dispose()


def left(connection: Connection) -> int:
    return connection.execute(select(accounts.c.left).where(accounts.c.id == 1)).scalar_one()


def test_what_is_committed_survives_a_crash_of_the_machine(database_url: str) -> None:
    engine = connect(database_url)
    with engine.connect() as connection:
        if engine.dialect.name == "sqlite":
            assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
            assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == 2  # FULL
        else:
            assert connection.exec_driver_sql("SHOW synchronous_commit").scalar() == "on"
    engine.dispose()


def test_what_a_transaction_has_read_stays_true_until_it_commits(engine: Engine) -> None:
    """Four read, decide and write, as a budget is spent: nothing is spent twice."""

    def spend() -> None:
        with engine.begin() as connection:
            before = left(connection)
            if before >= 3:
                connection.execute(update(accounts).values(left=before - 3))

    def spend_ten_times() -> None:
        done = 0
        while done < 10:
            with suppress(OperationalError):  # SQLite may make one wait for longer than it does
                spend()
                done += 1

    threads = [threading.Thread(target=spend_ten_times) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with reading(engine).connect() as connection:
        assert left(connection) == 1  # 33 of the 40 had enough to spend


def test_readers_do_not_wait_for_a_writer_and_see_one_moment(engine: Engine) -> None:
    with reading(engine).connect() as reader:
        assert left(reader) == 100
        with engine.begin() as writer:
            writer.execute(update(accounts).values(left=1))
            with reading(engine).connect() as another:
                assert left(another) == 100
        assert left(reader) == 100
    with reading(engine).connect() as reader:
        assert left(reader) == 1


def test_an_error_says_nothing_of_what_was_to_be_written(engine: Engine) -> None:
    with pytest.raises(IntegrityError) as raised, engine.begin() as connection:
        connection.execute(insert(accounts), [{"id": 1, "left": 4711}])
    assert "4711" not in str(raised.value)


def test_a_reader_cannot_write_to_postgresql_by_mistake(on_postgres: Engine) -> None:
    with pytest.raises(DBAPIError), reading(on_postgres).begin() as connection:
        connection.execute(update(accounts).values(left=0))
    with on_postgres.begin() as connection:  # the same connection, used for writing again
        connection.execute(update(accounts).values(left=7))
        assert left(connection) == 7


def test_settings_of_a_session_outlast_what_is_rolled_back(on_postgres: Engine) -> None:
    with on_postgres.connect() as connection:
        connection.rollback()
        assert connection.exec_driver_sql("SHOW lock_timeout").scalar() == "2s"
        assert connection.exec_driver_sql("SHOW synchronous_commit").scalar() == "on"


def test_connections_cut_by_the_server_are_replaced_before_they_are_used(
    on_postgres: Engine, postgres_url: str
) -> None:
    made: list[object] = []
    event.listen(on_postgres, "connect", lambda *arguments: made.append(arguments))
    other = connect(postgres_url)
    with other.begin() as connection:
        connection.exec_driver_sql(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE pid <> pg_backend_pid() AND datname = current_database()"
        )
    other.dispose()
    with on_postgres.begin() as connection:
        assert left(connection) == 100
    assert len(made) == 1


def test_who_stops_in_the_middle_of_writing_holds_nobody_up_for_long(on_postgres: Engine) -> None:
    with on_postgres.begin() as connection:
        limit = connection.exec_driver_sql("SHOW idle_in_transaction_session_timeout").scalar()
        assert limit == "5s"
    with reading(on_postgres).begin() as connection:  # a reader may think for as long as it likes
        limit = connection.exec_driver_sql("SHOW idle_in_transaction_session_timeout").scalar()
        assert limit == "0"
