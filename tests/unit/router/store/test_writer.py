"""Group commit: durable when it returns, and one that fails takes no other with it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import (
    Column,
    Connection,
    Engine,
    ExceptionContext,
    Integer,
    MetaData,
    Table,
    event,
    insert,
    select,
    text,
)

from router.errors import LedgerUnavailable
from router.store.database import connect, reading
from router.store.deferred import insert_later
from router.store.writer import Writer
from tests.waiting import until

metadata = MetaData()
numbers = Table("numbers", metadata, Column("n", Integer, primary_key=True))


def add(n: int) -> object:
    def work(connection: Connection) -> int:
        connection.execute(insert(numbers), [{"n": n}])
        return n

    return work


def stored(engine: Engine) -> list[int]:
    with reading(engine).connect() as connection:
        return list(connection.scalars(select(numbers.c.n).order_by(numbers.c.n)))


async def test_what_was_written_is_there_when_write_returns(engine: Engine, writer: Writer) -> None:
    assert await writer.write(add(1)) == 1
    assert stored(engine) == [1]


async def test_a_job_that_fails_takes_no_other_with_it(engine: Engine, writer: Writer) -> None:
    await writer.write(add(3))
    jobs = [writer.write(add(n)) for n in (1, 2, 3, 4)]
    results = await asyncio.gather(*jobs, return_exceptions=True)
    assert [isinstance(result, LedgerUnavailable) for result in results] == [
        False,
        False,
        True,
        False,
    ]
    assert stored(engine) == [1, 2, 3, 4]


async def test_an_error_of_the_jobs_own_comes_back_as_it_is(writer: Writer) -> None:
    def work(_connection: Connection) -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await writer.write(work)


async def test_many_at_once_are_all_written(engine: Engine, writer: Writer) -> None:
    await asyncio.gather(*(writer.write(add(n)) for n in range(1_000)))
    assert stored(engine) == list(range(1_000))


async def test_a_caller_that_gives_up_does_not_undo_the_job(engine: Engine, writer: Writer) -> None:
    task = asyncio.create_task(writer.write(add(7)))
    await asyncio.sleep(0)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    await writer.write(add(8))
    assert stored(engine) == [7, 8]


async def test_a_locked_database_is_said_to_be_unavailable(engine: Engine) -> None:
    impatient = Writer(engine, timeout_s=0.2)
    impatient.start()
    # Nobody else writes meanwhile.
    with engine.begin(), pytest.raises(LedgerUnavailable):
        await impatient.write(add(1))
    impatient.close()


async def test_closing_waits_for_what_was_submitted(engine: Engine) -> None:
    writer = Writer(engine)
    writer.start()
    pending = [asyncio.create_task(writer.write(add(n))) for n in range(50)]
    await asyncio.sleep(0)
    await asyncio.to_thread(writer.close)
    await asyncio.gather(*pending)
    assert stored(engine) == list(range(50))


async def test_what_is_owed_is_written_once_the_database_takes_it(engine: Engine) -> None:
    impatient = Writer(engine, timeout_s=0.2)
    impatient.start()
    failures: list[ExceptionContext] = []
    event.listen(engine, "handle_error", failures.append)
    with engine.begin():
        with pytest.raises(LedgerUnavailable):
            await impatient.write(add(1), owed=True)
        impatient.owe(add(2))
        await asyncio.to_thread(until, lambda: len(failures) > 1)  # two commits have met the lock
        await asyncio.to_thread(until, lambda: impatient.owed == 2)
        assert stored(engine) == []
    await asyncio.to_thread(until, lambda: stored(engine) == [1, 2])
    await asyncio.to_thread(until, lambda: impatient.owed == 0)
    await asyncio.to_thread(impatient.close)


async def test_a_full_disk_undoes_nothing_that_was_said_to_be_durable(tmp_path: Path) -> None:
    """SQLite undoes the jobs before, too, and commits those behind as if nothing had been."""
    engine = connect(f"sqlite:///{tmp_path / 'full.db'}")
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE blobs (name TEXT, content BLOB)"))
        pages = connection.execute(text("PRAGMA page_count")).scalar()
    writer = Writer(engine)

    def insert(name: str, size: int) -> Callable[[Connection], None]:
        def work(connection: Connection) -> None:
            connection.execute(text(f"PRAGMA max_page_count = {pages + 20}"))
            row = {"name": name, "size": size}
            connection.execute(text("INSERT INTO blobs VALUES (:name, zeroblob(:size))"), row)

        return work

    jobs = [
        writer.write(insert("a", 10)),
        writer.write(insert("b", 10**6)),
        writer.write(insert("c", 10)),
    ]
    waiting = asyncio.gather(*jobs, return_exceptions=True)
    await asyncio.sleep(0)  # all three are in the queue, and so in one batch
    writer.start()
    told = dict(zip("abc", await waiting, strict=True))
    writer.close()
    with engine.connect() as connection:
        there = {name for (name,) in connection.execute(text("SELECT name FROM blobs"))}
    durable = {name for name, result in told.items() if not isinstance(result, Exception)}
    engine.dispose()
    assert isinstance(told["b"], LedgerUnavailable)
    assert durable <= there


async def test_rows_that_go_in_at_the_end_of_the_batch_are_durable_with_it(
    engine: Engine, writer: Writer
) -> None:
    def later(n: int) -> Callable[[Connection], int]:
        def work(connection: Connection) -> int:
            insert_later(connection, numbers, {"n": n})
            return n

        return work

    results = await asyncio.gather(*(writer.write(later(n)) for n in range(300)))
    assert results == stored(engine) == list(range(300))
    # One that is there already is told to whoever wrote it, and to nobody else.
    jobs = [writer.write(later(n)) for n in (300, 7, 301)]
    told = await asyncio.gather(*jobs, return_exceptions=True)
    assert [isinstance(result, LedgerUnavailable) for result in told] == [False, True, False]
    assert stored(engine) == list(range(302))


def test_outside_a_batch_such_a_row_goes_in_at_once(engine: Engine) -> None:
    with engine.begin() as connection:
        insert_later(connection, numbers, {"n": 1})
        assert connection.scalar(select(numbers.c.n)) == 1
