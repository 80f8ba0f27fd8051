"""Chores are done now and then: one that fails stands in nobody's way, and is tried again."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Column, Connection, Engine, Integer, MetaData, Table, func, insert, select
from sqlalchemy.exc import OperationalError

from router.store.database import reading
from router.store.housekeeping import Chore, Housekeeping, Progress
from router.store.writer import Writer
from tests.waiting import until

metadata = MetaData()
goes = Table("goes", metadata, Column("id", Integer, primary_key=True), Column("of", Integer))

NEVER_S = 1e6


@pytest.fixture
def database_url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'kept.db'}"


@contextmanager
def kept(writer: Writer, *chores: Chore, **intervals_s: float) -> Iterator[None]:
    housekeeping = Housekeeping(writer, chores, **intervals_s)
    housekeeping.start()
    yield
    housekeeping.close()


def doing(number: int) -> Chore:
    def chore(connection: Connection) -> None:
        connection.execute(insert(goes), [{"of": number}])

    return chore


def done(engine: Engine, number: int) -> int:
    """How often a chore has been done, for good."""
    counted = select(func.count()).where(goes.c.of == number)
    with reading(engine).connect() as connection:
        return connection.scalar(counted) or 0


class Failing:
    """Like a table that is not there; `text` is what must not be told."""

    text = "value of a row"

    def __init__(self) -> None:
        self.mended = False
        self.tries = 0

    def chore(self, connection: Connection) -> None:
        self.tries += 1
        if not self.mended:
            raise OperationalError("INSERT", {"value": self.text}, Exception(self.text))
        doing(7)(connection)


class NeverDone(Writer):
    """What a writer is like while the database is away: it takes jobs, and ends none."""

    def __init__(self, engine: Engine) -> None:
        super().__init__(engine)
        self.taken: list[object] = []

    def submit(self, work: Any, *, owed: bool = False) -> Future[Any]:
        self.taken.append((work, owed))
        return Future()


def test_every_chore_is_done_at_the_start(engine: Engine, writer: Writer) -> None:
    with kept(writer, doing(1), doing(2), interval_s=NEVER_S):
        until(lambda: done(engine, 1) and done(engine, 2))
    assert (done(engine, 1), done(engine, 2)) == (1, 1)


def test_every_chore_is_done_again_and_again(engine: Engine, writer: Writer) -> None:
    with kept(writer, doing(1), doing(2), interval_s=0.01):
        until(lambda: done(engine, 1) > 2 and done(engine, 2) > 2)


def test_a_chore_that_fails_rides_along_with_no_request(
    engine: Engine, writer: Writer, caplog: pytest.LogCaptureFixture
) -> None:
    failing = Failing()
    with (
        kept(writer, failing.chore, doing(1), interval_s=NEVER_S, retry_interval_s=NEVER_S),
        caplog.at_level(logging.WARNING),
    ):
        until(lambda: done(engine, 1) and caplog.records)
        tries = failing.tries
        for _ in range(5):
            writer.submit(doing(2)).result()
        assert failing.tries == tries
    assert done(engine, 2) == 5


def test_a_chore_that_failed_is_tried_again_when_it_may_go_well(
    engine: Engine, writer: Writer, caplog: pytest.LogCaptureFixture
) -> None:
    failing = Failing()
    with (
        kept(writer, failing.chore, doing(1), interval_s=NEVER_S, retry_interval_s=0.01),
        caplog.at_level(logging.WARNING),
    ):
        until(lambda: len(caplog.records) > 2)
        failing.mended = True
        until(lambda: done(engine, 7))
    assert (done(engine, 7), done(engine, 1)) == (1, 1)


def test_it_is_said_what_kind_of_error_it_was_and_nothing_of_what_it_says(
    engine: Engine, writer: Writer, caplog: pytest.LogCaptureFixture
) -> None:
    with (
        kept(writer, Failing().chore, interval_s=NEVER_S, retry_interval_s=NEVER_S),
        caplog.at_level(logging.WARNING),
    ):
        until(lambda: caplog.records)
    assert "OperationalError" in caplog.text
    assert Failing.text not in caplog.text


def test_what_takes_several_portions_goes_on_at_once(engine: Engine, writer: Writer) -> None:
    def chore(connection: Connection) -> Progress:
        doing(1)(connection)
        counted = connection.scalar(select(func.count()).select_from(goes)) or 0
        return Progress.MORE if counted < 5 else Progress.DONE

    with kept(writer, chore, interval_s=NEVER_S):
        until(lambda: done(engine, 1) == 5)
    assert done(engine, 1) == 5


def test_a_portion_that_fails_waits_like_any_chore(
    engine: Engine, writer: Writer, caplog: pytest.LogCaptureFixture
) -> None:
    failing = Failing()

    def chore(connection: Connection) -> Progress:
        if done(engine, 1):
            failing.chore(connection)
        doing(1)(connection)
        return Progress.MORE

    with (
        kept(writer, chore, interval_s=NEVER_S, retry_interval_s=NEVER_S),
        caplog.at_level(logging.WARNING),
    ):
        until(lambda: caplog.records)
        tries = failing.tries
        writer.submit(doing(2)).result()
        assert failing.tries == tries
    assert done(engine, 1) == 1


def test_while_the_database_is_away_nothing_piles_up_and_closing_waits_for_nothing(
    engine: Engine,
) -> None:
    away = NeverDone(engine)
    with kept(away, doing(1), doing(2), interval_s=0.0, retry_interval_s=0.0):
        until(lambda: len(away.taken) == 2)
    assert len(away.taken) == 2
    assert not any(owed for _, owed in away.taken), "what is owed is retried beside all requests"


def test_without_a_chore_there_is_nothing_to_do(writer: Writer) -> None:
    with kept(writer):
        pass
