"""Feedback and its texts, asked of PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine
from test_vault_feedback import SECRET, give, notes, rows
from vault_case import Room

from router.accounts.limits.rules import LimitRules, Limits
from router.audit.vault.holds import OfRequest
from router.errors import RateLimited, RecordNotFound
from router.store.database import connect


@pytest.fixture
def engine(migrated_postgres_url: str) -> Iterator[Engine]:
    engine = connect(migrated_postgres_url)
    yield engine
    engine.dispose()


async def test_from_what_was_said_to_its_erasure(room: Room) -> None:
    request_id = await room.ask(subject="p-1")
    said = {"score": 0.25, "label": "wrong", "correction": SECRET}
    first = await give(room, request_id, said)
    assert await give(room, request_id, said) == first
    assert notes(room, request_id) == [{"correction": SECRET}]
    assert room.erase_all(OfRequest(request_id)).erasure.texts_erased == 3
    with pytest.raises(RecordNotFound):
        notes(room, request_id)
    assert (await give(room, request_id, {"comment": SECRET})).text_kept is False
    assert len(rows(room)) == 2


async def test_each_piece_is_one_request_more(room: Room) -> None:
    request_id, limits = await room.ask(), LimitRules(each_key=Limits(requests_per_minute=1))
    await give(room, request_id, {"score": 1.0}, limits=limits)
    with pytest.raises(RateLimited):
        await give(room, request_id, {"score": 0.0}, limits=limits)
    assert len(rows(room)) == 1
