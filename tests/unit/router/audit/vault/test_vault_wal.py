"""What an erasure leaves in SQLite's files: nothing that was there."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Engine, select
from vault_case import NAMES, Room

from router.audit.vault.holds import OfSubject
from router.audit.vault.retention import Retention
from router.audit.vault.tables import vault_keys, vault_texts
from router.audit.vault.wal import WalTruncation, truncate_wal
from router.store.database import reading
from tests.stack import until

THEM = OfSubject("claims", NAMES.digest("claims", "p-1"))


async def filled(room: Room) -> list[bytes]:
    """A vault with something in it; returns what is stored of p-1: texts, their key, their name."""
    # Over many pages, some of them freed later.
    body = {"messages": [{"role": "user", "content": "word " * 5_000}]}
    await room.ask(body, subject="p-1")
    await room.ask(body, subject="p-2")
    with room.engine.connect() as connection:
        texts = connection.scalars(
            select(vault_texts.c.sealed).where(vault_texts.c.subject == THEM.subject)
        ).all()
        key = connection.scalar(
            select(vault_keys.c.wrapped).where(vault_keys.c.subject == THEM.subject)
        )
    return [
        *(text[at : at + 48] for text in texts for at in (0, max(0, len(text) - 48))),
        key or b"",
    ]


def found(engine: Engine, pieces: list[bytes]) -> list[bytes]:
    """Those that are in the database's file or in its log."""
    file = Path(str(engine.url.database))
    there = b"".join(
        each.read_bytes() for each in (file, file.with_name(f"{file.name}-wal")) if each.exists()
    )
    return [piece for piece in pieces if piece in there]


@contextmanager
def somebody_reads(engine: Engine) -> Iterator[None]:
    with reading(engine).connect() as connection:
        connection.execute(select(vault_texts.c.part)).all()
        yield


async def test_no_byte_of_what_was_erased_is_left_in_the_files(room: Room) -> None:
    pieces = await filled(room)
    assert found(room.engine, pieces) == pieces
    erased = room.erase_all(THEM)
    assert erased.erasure.done
    assert erased.overwritten
    assert found(room.engine, pieces) == []


async def test_whoever_reads_meanwhile_is_waited_for_and_it_is_said(room: Room) -> None:
    pieces = await filled(room)
    with somebody_reads(room.engine):
        assert not room.erase_all(THEM).overwritten
    assert truncate_wal(room.engine)
    assert found(room.engine, pieces) == []


async def test_housekeeping_overwrites_what_it_has_erased_as_soon_as_nobody_reads(
    room: Room,
) -> None:
    pieces = await filled(room)
    truncation = WalTruncation(room.engine, retry_interval_s=0.01)
    truncation.start()
    retention = Retention(lambda: room.rules, room.clock, truncation.ask)
    with somebody_reads(room.engine):
        room.erase("p-1")
        room.writer.submit(retention.chore).result()
        assert found(room.engine, pieces) == pieces
    until(lambda: not found(room.engine, pieces))
    truncation.close()
