"""Records and taint are the same on both databases, down to the odd cases."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest
from sqlalchemy import Engine, func, select

from benchmarks.audit.workload import closing, opening
from router.audit.records import Records
from router.audit.tables import audit_entries, audit_pending
from router.domain import DataClass
from router.errors import LedgerUnavailable, RecordNotFound
from router.ids import new_id
from router.privacy.taint_store import Sticking, TaintMarks, TaintStore, add_marks, prune
from router.store.database import connect, reading
from router.store.writer import Writer

A, B = b"a" * 16, b"b" * 16
TEAM = "clinic"
NUMBER = 1
"""Which the workload takes for that team."""


@pytest.fixture
def engine(migrated_url: str) -> Iterator[Engine]:
    engine = connect(migrated_url)
    yield engine
    engine.dispose()


@pytest.fixture
def writer(engine: Engine) -> Iterator[Writer]:
    writer = Writer(engine, timeout_s=60.0)
    writer.start()
    yield writer
    writer.close()


def entries(engine: Engine) -> int:
    with reading(engine).connect() as connection:
        waiting = connection.scalar(select(func.count()).select_from(audit_pending))
        there = connection.scalar(select(func.count()).select_from(audit_entries))
    assert waiting == there
    return there or 0


async def test_a_record_is_read_back_whole(engine: Engine, writer: Writer) -> None:
    request_id, records = new_id(), Records(engine)
    await writer.write(opening(request_id, NUMBER))
    assert records.read(request_id, TEAM)["status"] == "open"
    await writer.write(closing(request_id, NUMBER))
    record = records.read(request_id, TEAM)
    assert record["status"] == "answered"
    assert record["entity_counts"] == {"PERSON": 1, "EMAIL_ADDRESS": 1}
    assert record["stream"] is True
    assert record["outcome"]["cost_nano_usd"] == 1_100_000
    with pytest.raises(RecordNotFound):
        records.read(request_id, "payments")
    assert entries(engine) == 2


async def test_a_request_has_one_outcome_however_often_it_is_told(
    engine: Engine, writer: Writer
) -> None:
    request_id = new_id()
    await writer.write(opening(request_id, NUMBER))
    again = [writer.write(closing(request_id, NUMBER)) for _ in range(3)]
    told = await asyncio.gather(*again, return_exceptions=True)
    assert sum(isinstance(result, LedgerUnavailable) for result in told) == 2
    assert entries(engine) == 2


async def test_there_is_no_outcome_without_a_decision(engine: Engine, writer: Writer) -> None:
    with pytest.raises(LedgerUnavailable):
        await writer.write(closing(new_id(), NUMBER))
    assert entries(engine) == 0


async def test_decision_and_outcome_may_come_at_once(engine: Engine, writer: Writer) -> None:
    requests = [new_id() for _ in range(20)]
    halves = [half(each, NUMBER) for each in requests for half in (opening, closing)]
    await asyncio.gather(*map(writer.write, halves))
    assert entries(engine) == 40


async def test_replicas_mark_the_same_words_at_once_and_the_higher_class_stays(
    engine: Engine, writer: Writer
) -> None:
    another = Writer(engine, timeout_s=60.0)
    another.start()
    person = frozenset({"PERSON"})
    marks = [
        TaintMarks(frozenset({A, B}), data_class, expires_at_s, person)
        for expires_at_s, data_class in enumerate(
            [DataClass.CONFIDENTIAL, DataClass.RESTRICTED] * 10, start=100
        )
    ]
    await asyncio.gather(
        *(
            (writer, another)[number % 2].write(
                lambda connection, each=each: add_marks(connection, each)
            )
            for number, each in enumerate(marks)
        )
    )
    another.close()
    store = TaintStore(engine)
    assert store.inherited(frozenset({A}), 118) == {Sticking(DataClass.RESTRICTED, person)}
    assert await writer.write(lambda connection: prune(connection, 119)) == 2
    assert store.inherited(frozenset({A, B}), 0) == frozenset()
