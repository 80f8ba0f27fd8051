"""What callers write about an answer is kept where its texts are, and goes with them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select
from vault_case import ADMIN, AUDITOR, DAY_S, DEVELOPER, KEEP_ALL, NAMES, Room

from router.accounts.limits.rules import LimitRules
from router.audit.vault.erasure_scope import OfTeam
from router.audit.vault.holds import OfRequest, OfSubject, lift_hold
from router.audit.vault.rules import ClassRules, Keep, KeyPer, VaultRules
from router.audit.vault.wrapping import FileKeyWrapper
from router.domain import DataClass, Principal, Tier
from router.errors import FeedbackFull, InvalidRequest, RecordNotFound, RoleRequired, TextNotKept
from router.feedback.feedback import Feedback, FeedbackRules
from router.feedback.inbox import FeedbackInbox, Taken
from router.feedback.reading import given
from router.feedback.tables import feedback
from router.feedback.texts import read_notes
from router.store.database import reading

SECRET = "the river is called Vltava"


def caller(team: str = "claims", key_id: str = "key-1") -> Principal:
    return Principal(key_id, team, DataClass.PUBLIC, frozenset(Tier))


async def give(
    room: Room,
    request_id: str,
    said: dict[str, Any],
    *,
    by: Principal | None = None,
    rules: FeedbackRules | None = None,
    limits: LimitRules | None = None,
) -> Taken:
    inbox = FeedbackInbox(room.engine, room.writer, room.wrapper, room.clock)
    return await inbox.take(
        Feedback(request_id, **said),
        by or caller(),
        rules or FeedbackRules(),
        room.rules,
        limits or LimitRules(),
    )


def notes(room: Room, request_id: str) -> list[Any]:
    found = read_notes(
        room.engine, room.wrapper, room.clock, request_id, actor=AUDITOR, reason="case 7"
    )
    return [note.said for note in found]


def rows(room: Room) -> list[Any]:
    with room.engine.connect() as connection:
        return list(connection.execute(select(feedback).order_by(feedback.c.given_at_s)).mappings())


async def test_a_text_is_sealed_beside_the_record_s_and_read_for_a_reason(room: Room) -> None:
    request_id = await room.ask(subject="p-1")
    said = {"score": 0.25, "label": "wrong", "correction": SECRET, "comment": "see page 3"}
    taken = await give(room, request_id, said)
    assert taken.text_kept is True
    assert {part for _, part in room.kept()} == {"input", "output", "note1"}
    assert notes(room, request_id) == [{"correction": SECRET, "comment": "see page 3"}]
    assert SECRET not in str(rows(room))
    assert SECRET not in str(room.acts())
    read = room.acts()[-1]
    assert (read["act"], read["actor"], read["reason"]) == (
        "vault.text_read",
        AUDITOR.name,
        "case 7",
    )
    for actor in (ADMIN, DEVELOPER):
        with pytest.raises(RoleRequired):
            read_notes(
                room.engine, room.wrapper, room.clock, request_id, actor=actor, reason="case 7"
            )


async def test_what_was_given_is_an_act_in_the_log_without_a_text(room: Room) -> None:
    request_id = await room.ask()
    taken = await give(room, request_id, {"score": 1.0, "comment": SECRET})
    (act,) = [each for each in room.acts() if each["act"] == "feedback.given"]
    assert act["actor"] == "key:key-1"
    details = act["details"]
    assert details["feedback"] == taken.id
    assert (details["request_id"], details["score"], details["label"]) == (request_id, 1.0, None)
    assert details["text_digest"].startswith("hmac-sha256:")


@pytest.mark.parametrize("keep", [Keep.NONE, Keep.INPUT, Keep.OUTPUT])
async def test_a_text_that_the_policy_does_not_keep_is_not_kept(room: Room, keep: Keep) -> None:
    """It may quote what was asked and what was answered: one of the two is not enough."""
    room.rules = VaultRules({DataClass.RESTRICTED: ClassRules(keep, 0, 30)})
    request_id = await room.ask()
    before = room.kept()
    taken = await give(room, request_id, {"label": "right", "comment": SECRET})
    assert taken.text_kept is False
    assert room.kept() == before
    (row,) = rows(room)
    assert row["digest"].startswith("sha256:")
    again = await give(room, request_id, {"label": "right", "comment": "something else"})
    assert again.id == taken.id, "of a text that is not kept there is nothing in the digest"
    with pytest.raises(RecordNotFound):
        notes(room, request_id)


async def test_a_regulated_purpose_keeps_what_is_written_about_it(room: Room) -> None:
    room.rules = VaultRules(
        {each: ClassRules(Keep.NONE, 0, 30) for each in DataClass}, frozenset({"clinical"})
    )
    kept, other = await room.ask(purpose="clinical"), await room.ask()
    assert (await give(room, kept, {"comment": SECRET})).text_kept is True
    assert (await give(room, other, {"comment": SECRET})).text_kept is False


@pytest.mark.parametrize("key_per", list(KeyPer))
@pytest.mark.parametrize("what", ["request", "subject", "team"])
async def test_an_erasure_takes_what_was_written_too_and_none_of_it_comes_back(
    room: Room, key_per: KeyPer, what: str
) -> None:
    room.rules = replace(KEEP_ALL, key_per=key_per)
    request_id = await room.ask(subject="p-1")
    await give(room, request_id, {"score": 0.0, "correction": SECRET})
    erased = room.erase_all(
        {
            "request": OfRequest(request_id),
            "subject": OfSubject("claims", NAMES.digest("claims", "p-1")),
            "team": OfTeam("claims"),
        }[what]
    )
    assert erased.erasure.done
    assert erased.erasure.texts_erased == 3
    assert room.kept() == set()
    with pytest.raises(RecordNotFound):
        notes(room, request_id)
    later = await give(room, request_id, {"comment": SECRET})
    assert later.text_kept is False
    assert room.kept() == set()
    assert [row["score"] for row in rows(room)] == [0.0, None]


async def test_a_hold_keeps_it_and_its_end_lets_it_go(room: Room) -> None:
    request_id = await room.ask()
    await give(room, request_id, {"comment": SECRET})
    hold_id = room.hold(OfRequest(request_id))
    assert not room.erase_all(OfRequest(request_id)).erasure.done
    assert notes(room, request_id) == [{"comment": SECRET}]
    with room.engine.begin() as connection:
        lift_hold(connection, hold_id, actor=AUDITOR, reason="over", now_s=room.clock.now_s())
    assert room.prune().erasures == 1
    assert room.kept() == set()


async def test_it_goes_when_the_texts_of_its_record_go(room: Room) -> None:
    request_id = await room.ask()
    room.clock.advance(29 * DAY_S)
    await give(room, request_id, {"comment": SECRET})
    room.clock.advance(2 * DAY_S)
    pruned = room.prune()
    assert (pruned.texts, pruned.keys) == (3, 1)
    assert (await give(room, request_id, {"comment": SECRET})).text_kept is False


async def test_the_same_said_twice_is_kept_once_and_anything_else_is_another(room: Room) -> None:
    request_id = await room.ask()
    said = {"score": 0.5, "comment": SECRET}
    first = await give(room, request_id, said)
    assert await give(room, request_id, said) == first
    other_key = await give(room, request_id, said, by=caller(key_id="key-2"))
    other_text = await give(room, request_id, said | {"comment": "no"})
    assert len({first.id, other_key.id, other_text.id}) == 3
    assert len(notes(room, request_id)) == 3
    assert room.act_names().count("feedback.given") == 3


async def test_one_request_takes_so_much_and_no_more(room: Room) -> None:
    request_id, rules = await room.ask(), FeedbackRules(max_per_request=2)
    for score in (0.0, 0.5):
        await give(room, request_id, {"score": score, "comment": "a"}, rules=rules)
    with pytest.raises(FeedbackFull):
        await give(room, request_id, {"score": 1.0}, rules=rules)
    repeated = await give(room, request_id, {"score": 0.5, "comment": "a"}, rules=rules)
    assert repeated.text_kept is True
    assert {part for _, part in room.kept()} == {"input", "output", "note1", "note2"}


async def test_another_team_s_requests_are_not_there(room: Room) -> None:
    request_id = await room.ask()
    for said in ({"score": 1.0}, {"comment": SECRET}):
        with pytest.raises(RecordNotFound):
            await give(room, request_id, said, by=caller("payments"))
    assert rows(room) == []


async def test_a_label_is_one_that_somebody_knows(room: Room) -> None:
    request_id = await room.ask()
    with pytest.raises(InvalidRequest, match="off_brand") as refused:
        await give(
            room, request_id, {"label": "secret"}, rules=FeedbackRules(frozenset({"off_brand"}))
        )
    assert "secret" not in str(refused.value)
    house = FeedbackRules(frozenset({"off_brand"}))
    assert (await give(room, request_id, {"label": "off_brand"}, rules=house)).text_kept is None


async def test_a_text_that_is_to_be_kept_and_cannot_be_is_for_later(room: Room) -> None:
    request_id = await room.ask()
    room.wrapper = FileKeyWrapper(b"n" * 32)
    with pytest.raises(TextNotKept):
        await give(room, request_id, {"comment": SECRET})
    assert (await give(room, request_id, {"score": 1.0})).text_kept is None


async def test_what_each_key_said_last_is_what_counts(room: Room) -> None:
    request_id = await room.ask()
    for score in (0.0, 1.0):
        await give(room, request_id, {"score": score})
        room.clock.advance(10)
    await give(room, request_id, {"score": 0.25}, by=caller(key_id="key-2"))
    with reading(room.engine).connect() as connection:
        everything = list(given(connection, 0, 1e12))
        latest = list(given(connection, 0, 1e12, latest=True))
        others = list(given(connection, 0, 1e12, team="payments"))
    assert [each.score for each in everything] == [0.0, 1.0, 0.25]
    assert [each.score for each in latest] == [1.0, 0.25]
    assert others == []
