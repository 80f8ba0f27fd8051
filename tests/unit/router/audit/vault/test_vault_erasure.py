"""A subject's wish, a regulator's minimum, a court's hold: which wins, and what is recorded."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest
from sqlalchemy import select
from vault_case import ADMIN, AUDITOR, DAY_S, DEVELOPER, KEEP_ALL, NAMES, Room

from router.audit.vault.erasure import erase, pending_erasures
from router.audit.vault.errors import KeyUnavailable
from router.audit.vault.holds import (
    OfRequest,
    OfSubject,
    OfTime,
    lift_hold,
    list_holds,
    place_hold,
)
from router.audit.vault.retention import BATCH, Retention
from router.audit.vault.rules import ClassRules, Keep, KeyPer, Part, VaultRules
from router.audit.vault.tables import vault_keys, vault_texts
from router.domain import DataClass
from router.errors import RecordNotFound, RoleRequired, TextNotKept
from router.store.housekeeping import Progress

AT_LEAST_TEN_DAYS = VaultRules(
    classes={each: ClassRules(Keep.BOTH, min_days=10, max_days=30) for each in DataClass}
)


def lift(room: Room, hold_id: str) -> None:
    with room.engine.begin() as connection:
        lift_hold(connection, hold_id, actor=AUDITOR, reason="it is over", now_s=room.clock.now_s())


def gone(room: Room, request_id: str) -> bool:
    try:
        room.read(request_id)
    except RecordNotFound:
        return True
    return False


async def test_erasure_destroys_the_key_at_once_and_leaves_the_log_whole(room: Room) -> None:
    theirs = [await room.ask(subject="p-1"), await room.ask(subject="p-1")]
    another = await room.ask(subject="p-2")
    before = [room.entry(each) for each in theirs]
    assert room.erase("p-1").done
    assert all(gone(room, each) for each in theirs)
    assert not gone(room, another)
    assert [room.entry(each) for each in theirs] == before
    with room.engine.connect() as connection:
        of_key = vault_keys.c.id == before[0]["vault_key"]
        key = connection.execute(select(vault_keys).where(of_key)).one()
    assert (key.wrapped, key.wrapped_by, key.subject, key.slot) == (None, None, None, None)
    assert {"vault.erasure_requested", "vault.erased"} <= set(room.act_names())


async def test_no_digest_can_be_checked_after_an_erasure(room: Room) -> None:
    request_id = await room.ask(subject="p-1", answer=["yes"])
    room.erase("p-1")
    with pytest.raises(KeyUnavailable):
        room.reader.matches(request_id, Part.OUTPUT, b"yes", AUDITOR, "case 7")


async def test_what_a_subject_sends_after_an_erasure_is_kept_under_another_key(room: Room) -> None:
    before = await room.ask(subject="p-1")
    room.erase("p-1")
    room.clock.advance(1)
    after = await room.ask(subject="p-1")
    assert gone(room, before)
    assert not gone(room, after)
    assert room.entry(before)["vault_key"] != room.entry(after)["vault_key"]


async def test_a_subject_of_whom_nothing_is_held_is_said_to_be_unknown(room: Room) -> None:
    await room.ask(subject="p-1")
    kept = room.kept()
    for team, subject in (("claims", "P-1"), ("visits", "p-1")):
        with pytest.raises(RecordNotFound):
            room.erase_all(OfSubject(team, NAMES.digest(team, subject)))
    assert room.kept() == kept


async def test_a_minimum_retention_is_waited_for_and_then_erased_without_being_asked(
    room: Room,
) -> None:
    room.rules = AT_LEAST_TEN_DAYS
    asked_at_s = room.clock.now_s()
    request_id = await room.ask(subject="p-1")
    pending = room.erase("p-1")
    assert not pending.done
    assert pending.texts_left == 2
    assert pending.until_s == asked_at_s + 10 * DAY_S
    room.clock.advance(10 * DAY_S - 1)
    assert room.prune().erasures == 0
    assert not gone(room, request_id)
    room.clock.advance(1)
    assert room.prune().erasures == 1
    assert gone(room, request_id)
    assert "vault.erased" in room.act_names()


async def test_what_may_go_goes_while_the_rest_waits(room: Room) -> None:
    room.rules = AT_LEAST_TEN_DAYS
    old = await room.ask(subject="p-1")
    room.clock.advance(11 * DAY_S)
    young = await room.ask(subject="p-1")
    assert room.erase("p-1").texts_left == 2
    assert gone(room, old)
    assert not gone(room, young)


async def test_after_a_wish_nothing_more_is_sealed_with_the_key_that_waits(room: Room) -> None:
    room.rules = AT_LEAST_TEN_DAYS
    before = await room.ask(subject="p-1")
    room.erase("p-1")
    after = await room.ask(subject="p-1")
    room.clock.advance(10 * DAY_S)
    room.rules = KEEP_ALL
    assert room.prune().erasures == 1
    assert gone(room, before)
    assert not gone(room, after)


@pytest.mark.parametrize("by", ["subject", "request", "time"])
async def test_a_legal_hold_keeps_what_a_subject_wants_erased(room: Room, by: str) -> None:
    request_id = await room.ask(subject="p-1")
    at_s = room.clock.now_s()
    covers = {
        "subject": OfSubject("claims", NAMES.digest("claims", "p-1")),
        "request": OfRequest(request_id),
        "time": OfTime("claims", at_s - 1, at_s + 1),
    }[by]
    hold_id = room.hold(covers)
    room.clock.advance(1)
    pending = room.erase("p-1")
    assert pending.held
    assert not pending.done
    room.clock.advance(40 * DAY_S)  # past the maximum, too
    room.prune()
    assert not gone(room, request_id)
    with room.engine.connect() as connection:
        waiting = pending_erasures(connection, room.rules, room.clock.now_s())
    assert [each.held for each in waiting] == [True]
    lift(room, hold_id)
    room.clock.advance(1)
    room.prune()
    assert gone(room, request_id)
    names = room.act_names()
    assert names.index("vault.hold_placed") < names.index("vault.erasure_requested")
    assert names.index("vault.hold_lifted") < names.index("vault.erased")


async def test_a_hold_keeps_the_key_of_digests_where_no_text_was_kept(room: Room) -> None:
    room.rules = VaultRules()
    request_id = await room.ask(subject="p-1", answer=["yes"])
    hold_id = room.hold(OfRequest(request_id))
    assert not room.erase("p-1").done
    assert room.reader.matches(request_id, Part.OUTPUT, b"yes", AUDITOR, "case 7")
    lift(room, hold_id)
    assert room.prune().erasures == 1


@pytest.mark.parametrize("before_or_after", [-10, 10])
async def test_a_hold_of_another_time_or_team_keeps_nothing(
    room: Room, before_or_after: float
) -> None:
    room.clock.advance(100)
    at_s = room.clock.now_s()
    request_id = await room.ask()
    room.hold(OfTime("claims", at_s + before_or_after, at_s + before_or_after + 5))
    room.hold(OfTime("visits", at_s - 100, at_s + 100))
    room.clock.advance(31 * DAY_S)
    room.prune()
    assert gone(room, request_id)


async def test_texts_past_their_maximum_go_and_their_request_s_own_key_with_them(
    room: Room,
) -> None:
    kept = VaultRules(
        classes={
            DataClass.RESTRICTED: ClassRules(Keep.BOTH, 0, 30),
            DataClass.INTERNAL: ClassRules(Keep.INPUT, 0, 5),
        }
    )
    room.rules = kept
    long = await room.ask(data_class=DataClass.RESTRICTED)
    short = await room.ask(data_class=DataClass.INTERNAL)
    room.clock.advance(5 * DAY_S - 1)
    assert room.prune().texts == 0
    room.clock.advance(1)
    pruned = room.prune()
    assert (pruned.texts, pruned.keys) == (1, 1)
    assert gone(room, short)
    assert not gone(room, long)
    room.clock.advance(25 * DAY_S)
    pruned = room.prune()
    assert (pruned.texts, pruned.keys) == (2, 1)
    assert gone(room, long)
    assert room.act_names().count("vault.pruned") == 2


async def test_a_subject_s_key_outlives_texts_that_went_by_age(room: Room) -> None:
    old = await room.ask(subject="p-1")
    room.clock.advance(29 * DAY_S)
    young = await room.ask(subject="p-1")
    room.clock.advance(2 * DAY_S)
    room.prune()
    assert gone(room, old)
    assert not gone(room, young)


async def test_more_than_one_transaction_should_delete_goes_in_several(room: Room) -> None:
    requests = [room.ask(answer=()) for _ in range(BATCH + 10)]
    await asyncio.gather(*requests)
    room.clock.advance(31 * DAY_S)
    retention = Retention(lambda: room.rules, room.clock)
    for progress, left in ((Progress.MORE, 10), (Progress.DONE, 0)):
        with room.engine.begin() as connection:
            assert retention.chore(connection) is progress
            assert len(connection.execute(select(vault_texts)).all()) == left


async def test_an_answer_to_somebody_erased_meanwhile_is_recorded_and_not_kept(room: Room) -> None:
    opened = await room.open(subject="p-1")
    room.erase("p-1")
    await room.close(opened)
    request_id = opened.sealed.sealer.request_id
    assert room.entry(request_id, "outcome")["output_digest"]
    with pytest.raises(RecordNotFound):
        room.read(request_id, Part.OUTPUT)


async def test_a_text_sealed_for_somebody_erased_meanwhile_is_not_written_unreadable(
    room: Room,
) -> None:
    await room.open(subject="p-1")
    sealed = (await room.open(subject="p-1")).sealed
    room.erase("p-1")
    with pytest.raises(TextNotKept):
        await room.writer.write(sealed.write)


async def test_one_request_can_be_erased_where_nobody_named_a_subject(room: Room) -> None:
    request_id, other = await room.ask(), await room.ask()
    with room.engine.begin() as connection:
        target = OfRequest(request_id)
        erased = erase(
            connection, target, room.rules, actor=ADMIN, reason="a wish", now_s=room.clock.now_s()
        )
    assert erased.done
    assert gone(room, request_id)
    assert not gone(room, other)
    with pytest.raises(KeyUnavailable):
        room.reader.matches(request_id, Part.OUTPUT, b"fine", AUDITOR, "case 7")


async def test_under_a_team_s_key_a_subject_s_texts_go_and_nobody_else_s(room: Room) -> None:
    room.rules = replace(KEEP_ALL, key_per=KeyPer.TEAM)
    theirs, other = await room.ask(subject="p-1"), await room.ask(subject="p-2")
    assert room.erase("p-1").done
    assert gone(room, theirs)
    assert not gone(room, other)


async def test_holds_are_listed_with_who_placed_them_and_why(room: Room) -> None:
    request_id = await room.ask()
    hold_id = room.hold(OfRequest(request_id))
    room.clock.advance(1)
    lift(room, hold_id)
    with room.engine.connect() as connection:
        [hold] = list_holds(connection)
    assert hold.covers == OfRequest(request_id)
    assert (hold.placed_by, hold.reason) == (AUDITOR.name, "a suit")
    assert hold.lifted_at_s == room.clock.now_s()
    placed, lifted = room.acts()
    assert (placed["actor"], placed["reason"]) == (AUDITOR.name, "a suit")
    assert (lifted["actor"], lifted["reason"]) == (AUDITOR.name, "it is over")
    with pytest.raises(RecordNotFound):
        lift(room, hold_id)


async def test_only_those_who_may_read_hold_and_erase(room: Room) -> None:
    request_id = await room.ask(subject="p-1")
    target = OfSubject("claims", NAMES.digest("claims", "p-1"))
    for actor in (ADMIN, DEVELOPER):
        with pytest.raises(RoleRequired):
            room.reader.read_text(request_id, Part.INPUT, actor, "curious")
        with pytest.raises(RoleRequired):
            room.reader.matches(request_id, Part.INPUT, b"{}", actor, "curious")
    with room.engine.begin() as connection:
        with pytest.raises(RoleRequired):
            place_hold(connection, target, actor=DEVELOPER, reason="mine", now_s=0)
        with pytest.raises(RoleRequired):
            erase(connection, target, room.rules, actor=AUDITOR, reason="mine", now_s=0)
    assert room.act_names() == []


async def test_a_text_is_read_only_with_a_reason_and_the_record_comes_first(room: Room) -> None:
    request_id = await room.ask()
    with pytest.raises(ValueError, match="say why"):
        room.reader.read_text(request_id, Part.INPUT, AUDITOR, "  ")
    with room.engine.begin() as connection:
        connection.execute(vault_texts.update().values(sealed=b"x" * 40))
    with pytest.raises(Exception, match="not what was sealed"):
        room.read(request_id)
    [act] = room.acts()
    assert act["act"] == "vault.text_read"
    assert (act["actor"], act["reason"]) == (AUDITOR.name, "case 7")
    assert act["details"] == {"request_id": request_id, "part": "input"}
