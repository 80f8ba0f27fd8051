"""A PostgreSQL that hangs is an error for everybody, and one that is slow is waited for."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from typing import Any

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import OperationalError

from router.errors import LedgerUnavailable
from router.store.database import connect, pulses, reading
from router.store.pulse import SILENT_AFTER_S
from router.store.writer import Writer
from tests.forwarder import Forwarder, forwarding
from tests.postgres import PostgresServer
from tests.stack import until

NUMBER = text("SELECT 4711")


@pytest.fixture
def way(postgres: PostgresServer) -> Iterator[Forwarder]:
    with forwarding(postgres.directory / ".s.PGSQL.5432") as forwarder:
        yield forwarder


@pytest.fixture
def engine(way: Forwarder, postgres: PostgresServer) -> Iterator[Engine]:
    """Attended to, over a way that can be held."""
    name = postgres.new_database()
    engine = connect(f"postgresql+psycopg://postgres@127.0.0.1:{way.port}/{name}")
    with ExitStack() as closing:
        closing.callback(postgres.drop, name)
        closing.callback(engine.dispose)
        closing.callback(way.go_on)
        for pulse in pulses(engine):
            pulse.start()
            closing.callback(pulse.close)
        yield engine


def asked(engine: Engine) -> int:
    with reading(engine).connect() as connection:
        return int(connection.execute(NUMBER).scalar_one())


def refuses(engine: Engine) -> bool:
    try:
        asked(engine)
    except OperationalError:
        return True
    return False


def answers(engine: Engine) -> bool:
    return not refuses(engine)


def test_a_database_that_hangs_is_an_error_until_it_is_back(way: Forwarder, engine: Engine) -> None:
    assert asked(engine) == 4711
    way.hold()
    until(lambda: refuses(engine))
    assert refuses(engine)
    way.go_on()
    until(lambda: answers(engine))
    assert asked(engine) == 4711


def test_who_waits_already_is_told_too(way: Forwarder, engine: Engine) -> None:
    with ThreadPoolExecutor(3) as threads:
        with engine.connect() as one, reading(engine).connect() as another:
            way.hold()
            waiting: list[Future[Any]] = [
                threads.submit(one.execute, NUMBER),
                threads.submit(another.execute, NUMBER),
                threads.submit(asked, engine),
            ]
            for each in waiting:
                assert isinstance(each.exception(), OperationalError)
            assert one.invalidated
            assert another.invalidated
        way.go_on()
    until(lambda: answers(engine))


def test_nobody_queues_at_the_door_of_a_database_that_hangs(way: Forwarder, engine: Engine) -> None:
    """All would come in at once when it goes on, and it would have no room for who comes then."""
    way.hold()
    until(lambda: refuses(engine))
    taken = way.taken
    for _ in range(100):
        assert refuses(engine)
    until(lambda: way.taken > taken)  # by then, all that were begun have come
    assert way.taken - taken < 10  # the pulse's own


def test_work_that_takes_its_time_is_waited_for(engine: Engine) -> None:
    with engine.connect() as connection:
        connection.execute(text("SELECT pg_sleep(:longer_s)"), {"longer_s": 3 * SILENT_AFTER_S})
        assert connection.execute(NUMBER).scalar_one() == 4711


async def test_what_is_owed_to_a_database_that_hangs_is_written_when_it_is_back(
    way: Forwarder, engine: Engine
) -> None:
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE owed (n INTEGER PRIMARY KEY)"))
    writer = Writer(engine, timeout_s=60.0)  # not what ends the waiting
    writer.start()
    way.hold()
    with pytest.raises(LedgerUnavailable):
        await writer.write(
            lambda connection: connection.execute(text("INSERT INTO owed VALUES (1)")), owed=True
        )
    way.go_on()
    await asyncio.to_thread(until, lambda: answers(engine) and owed(engine))
    await asyncio.to_thread(writer.close)
    assert owed(engine) == [1]


def owed(engine: Engine) -> list[int]:
    with reading(engine).connect() as connection:
        return list(connection.scalars(text("SELECT n FROM owed")))
