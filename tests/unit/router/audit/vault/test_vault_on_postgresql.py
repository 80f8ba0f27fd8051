"""Everything that the vault asks of a database, asked of PostgreSQL."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest
from sqlalchemy import Engine
from vault_case import ADMIN, AUDITOR, DAY_S, NAMES, Room

from router.audit.vault.exposure import Outside, exposure
from router.audit.vault.holds import OfRequest, OfSubject, OfTime, lift_hold, list_holds
from router.audit.vault.rescan import Range, Rescanner
from router.audit.vault.rewrap import rewrap
from router.audit.vault.rules import Part
from router.audit.vault.wrapping import FileKeyWrapper, KeyRing
from router.domain import Attempt, DataClass
from router.errors import RecordNotFound
from router.privacy.rules import DetectionRules
from router.store.database import connect
from router.store.writer import Writer
from serving.detection.fake import FakePatternDetector

ORIGIN = "https://api.example.com"


@pytest.fixture
def engine(migrated_postgres_url: str) -> Iterator[Engine]:
    engine = connect(migrated_postgres_url)
    yield engine
    engine.dispose()


async def test_the_first_requests_of_a_subject_at_two_gateways_end_with_one_key(
    room: Room,
) -> None:
    other = Writer(room.engine)
    other.start()
    rooms = [room, Room(room.engine, other, room.clock)]
    opened = await asyncio.gather(*(rooms[n % 2].open(subject="p-1") for n in range(20)))
    other.close()
    assert len({each.sealed.key_id for each in opened}) == 1


async def test_a_text_s_life_from_its_request_to_its_end(room: Room) -> None:
    body = {"messages": [{"role": "user", "content": "write to a@example.com"}]}
    sent = Attempt("outside@1", None, "answered", 0.1, ORIGIN)
    said = {"data_class": DataClass.INTERNAL, "attempts": [sent], "model": "outside@1"}
    first = await room.ask(body, ["one"], subject="p-1", **said)
    room.clock.advance(1)
    second = await room.ask(body, ["two"], **said)

    assert room.read(first) == body
    assert room.reader.matches(second, Part.OUTPUT, b"two", AUDITOR, "case 7")

    out = exposure(room.engine, Outside(frozenset({ORIGIN})), 0, 1e12)
    assert out.request_ids == (first, second)
    assert (out.rows[0].requests, out.rows[0].input_tokens) == (2, 20)

    rules = DetectionRules(DataClass.PUBLIC, {}, {"EMAIL_ADDRESS": DataClass.RESTRICTED}, 0.5, 999)
    scan = Rescanner(
        engine=room.engine,
        wrapper=room.wrapper,
        detector=FakePatternDetector(),
        rules=rules,
        clock=room.clock,
    )
    result = await scan.run(Range(0, 1e12), AUDITOR, "a new detector")
    assert [each.request_id for each in result.higher] == [first, second]

    ring = KeyRing(FileKeyWrapper(b"n" * 32), room.wrapper)
    done = rewrap(room.engine, ring, actor=ADMIN, reason="every year", clock=room.clock)
    assert done.keys == 2
    room.wrapper = FileKeyWrapper(b"n" * 32)

    at_s = room.clock.now_s()
    holds = [
        room.hold(OfSubject("claims", NAMES.digest("claims", "p-1"))),
        room.hold(OfRequest(second)),
        room.hold(OfTime("claims", at_s - 2, at_s + 1)),
    ]
    assert room.erase("p-1").held
    room.clock.advance(31 * DAY_S)
    assert room.prune().texts == 0
    for hold_id in holds:
        with room.engine.begin() as connection:
            lift_hold(connection, hold_id, actor=AUDITOR, reason="over", now_s=at_s)
    with room.engine.connect() as connection:
        assert len(list_holds(connection)) == 3
    pruned = room.prune()
    assert (pruned.texts, pruned.erasures) == (4, 1)
    for each in (first, second):
        with pytest.raises(RecordNotFound):
            room.read(each)
