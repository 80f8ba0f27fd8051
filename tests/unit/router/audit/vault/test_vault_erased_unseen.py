"""Somebody is erased of whom the vault has nothing yet, and an answer of theirs is under way."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace

import pytest
from sqlalchemy import Engine, func, select
from vault_case import AUDITOR, KEEP_ALL, NAMES, Room, asked

from router.audit.ledger import OpenRecord
from router.audit.vault.erased import REMEMBERED_S
from router.audit.vault.erasure_scope import OfTeam, Target
from router.audit.vault.holds import OfRequest, OfSubject, OfTime, lift_hold
from router.audit.vault.rules import ClassRules, Keep, KeyPer, VaultRules
from router.audit.vault.tables import vault_erasures
from router.domain import DataClass
from router.errors import RecordNotFound, TextNotKept
from router.store.database import connect

OUTPUTS = VaultRules(
    classes={each: ClassRules(Keep.OUTPUT, 0, 30) for each in DataClass}, key_per=KeyPer.TEAM
)
THEM = OfSubject("claims", NAMES.digest("claims", "p-1"))


@pytest.fixture
def engine(migrated_url: str) -> Iterator[Engine]:
    engine = connect(migrated_url)
    yield engine
    engine.dispose()


def request_of(opened: OpenRecord) -> str:
    return opened.sealed.sealer.request_id


def erase_unseen(room: Room, target: Target) -> None:
    """A second after whatever was, as is said to whoever asks."""
    room.clock.advance(1)
    with pytest.raises(RecordNotFound, match="nothing of them"):
        room.erase_all(target)


@pytest.mark.parametrize("target", [THEM, OfTeam("claims")], ids=["subject", "team"])
async def test_their_answer_is_not_kept_and_everybody_else_s_is(room: Room, target: Target) -> None:
    room.rules = replace(OUTPUTS, key_per=KeyPer.SUBJECT)
    if target == THEM:
        room.rules = OUTPUTS
        theirs, another = await room.open(subject="p-1"), await room.open(subject="p-2")
        erase_unseen(room, target)
    else:
        # Both came before, and neither has written anything.
        before = [asked(subject="p-1"), asked(subject="p-1", team="visits")]
        at_s = room.clock.now_s()
        erase_unseen(room, target)
        room.clock.at_s = at_s
        theirs, another = [await room.ledger.open(*each) for each in before]
        room.clock.advance(2)
    for opened in (theirs, another):
        await room.close(opened)
    assert room.kept() == {(request_of(another), "output")}
    assert room.entry(request_of(theirs), "outcome")["output_digest"]


async def test_what_is_asked_later_is_kept(room: Room) -> None:
    room.rules = OUTPUTS
    erase_unseen(room, THEM)
    room.clock.advance(1)
    later = await room.ask(subject="p-1")
    assert room.kept() == {(later, "output")}


async def test_a_question_that_came_before_is_refused_and_kept_when_it_is_asked_again(
    room: Room,
) -> None:
    room.rules = KEEP_ALL
    request, principal, classification, _ = asked(subject="p-1")
    came_at_s = room.clock.now_s()
    erase_unseen(room, THEM)
    room.clock.at_s = came_at_s
    sealed = await room.vault.seal_input(request, principal, classification)
    room.clock.advance(2)
    with pytest.raises(TextNotKept):
        await room.writer.write(sealed.write)
    again = await room.ask(subject="p-1")
    assert room.kept() == {(again, "input"), (again, "output")}


async def test_it_is_in_the_log_and_whom_it_was_about_is_forgotten_in_time(room: Room) -> None:
    erase_unseen(room, THEM)
    assert sorted(room.act_names()) == ["vault.erased", "vault.erasure_requested"]
    assert THEM.subject not in json.dumps(room.acts())
    for wait_s, subject in ((REMEMBERED_S, THEM.subject), (1.0, None)):
        room.clock.advance(wait_s)
        room.prune()
        with room.engine.connect() as connection:
            assert [*connection.scalars(select(vault_erasures.c.subject))] == [subject]


@pytest.mark.parametrize("by", ["subject", "time", "request"])
async def test_what_a_legal_hold_covers_is_kept_until_that_is_lifted(room: Room, by: str) -> None:
    room.rules = OUTPUTS
    opened = await room.open(subject="p-1")
    at_s = room.clock.now_s()
    covers = {
        "subject": THEM,
        "time": OfTime("claims", at_s - 1, at_s + 1),
        "request": OfRequest(request_of(opened)),
    }
    hold_id = room.hold(covers[by])
    room.clock.advance(1)
    erasure = room.erase_all(THEM).erasure
    assert (erasure.done, erasure.held, erasure.texts_left) == (False, True, 0)
    assert room.prune().erasures == 0
    await room.close(opened)
    assert room.kept() == {(request_of(opened), "output")}
    with room.engine.begin() as connection:
        lift_hold(connection, hold_id, actor=AUDITOR, reason="over", now_s=room.clock.now_s())
    assert room.prune().erasures == 1
    assert room.kept() == set()


async def test_a_hold_keeps_nothing_waiting_once_nothing_can_come(room: Room) -> None:
    room.rules = OUTPUTS
    room.hold(THEM)
    assert room.erase_all(THEM).erasure.held
    room.clock.advance(REMEMBERED_S + 1)
    assert room.prune().erasures == 1


async def test_names_that_no_request_can_have_are_not_remembered(room: Room) -> None:
    for target in (OfRequest("no-such-request"), OfTeam("No Team"), OfSubject("t" * 129, "s")):
        erase_unseen(room, target)
    with room.engine.connect() as connection:
        assert connection.scalar(select(func.count()).select_from(vault_erasures)) == 0
    assert room.acts() == []
