"""Done is done: what was under way while somebody was erased leaves nothing, on both databases."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, select
from vault_case import ADMIN, AUDITOR, DAY_S, KEEP_ALL, NAMES, Room, asked

from router.audit.ledger import OpenRecord
from router.audit.vault.erased import CLOCKS_APART_S, REMEMBERED_S
from router.audit.vault.erasure import BATCH, erase, settle
from router.audit.vault.erasure_scope import OfTeam, Target
from router.audit.vault.errors import KeyUnavailable
from router.audit.vault.holds import OfRequest, OfSubject, lift_hold
from router.audit.vault.rules import ClassRules, Keep, KeyPer, Part, VaultRules
from router.audit.vault.tables import vault_erasures, vault_keys
from router.domain import DataClass
from router.errors import RecordNotFound, TextNotKept
from router.store.database import connect
from router.store.writer import Writer
from tests.migrated import migrated_sqlite

PER_TEAM = replace(KEEP_ALL, key_per=KeyPer.TEAM)
OUTPUTS = VaultRules(
    classes={each: ClassRules(Keep.OUTPUT, 0, 30) for each in DataClass}, key_per=KeyPer.TEAM
)


@pytest.fixture
def engine(migrated_url: str) -> Iterator[Engine]:
    engine = connect(migrated_url)
    yield engine
    engine.dispose()


def of(subject: str, team: str = "claims") -> OfSubject:
    return OfSubject(team, NAMES.digest(team, subject))


def request_of(opened: OpenRecord) -> str:
    return opened.sealed.sealer.request_id


async def test_an_answer_under_way_is_not_kept_under_the_team_s_key_either(room: Room) -> None:
    room.rules = PER_TEAM
    theirs, another = await room.open(subject="p-1"), await room.open(subject="p-2")
    room.clock.advance(1)
    assert room.erase("p-1").done
    for opened in (theirs, another):
        await room.close(opened)
    assert room.kept() == {(request_of(another), "input"), (request_of(another), "output")}
    assert room.entry(request_of(theirs), "outcome")["output_digest"]


async def test_a_question_under_way_is_refused_and_kept_when_it_is_asked_again(room: Room) -> None:
    room.rules = PER_TEAM
    await room.ask(subject="p-1")
    request, principal, classification, _ = asked(subject="p-1")
    sealed = await room.vault.seal_input(request, principal, classification)
    room.clock.advance(1)
    assert room.erase("p-1").done
    with pytest.raises(TextNotKept) as refused:
        await room.writer.write(sealed.write)
    assert refused.value.retry_after_s
    room.clock.advance(1)
    again = await room.ask(subject="p-1")
    assert room.kept() == {(again, "input"), (again, "output")}


@pytest.mark.parametrize("rules", [KEEP_ALL, PER_TEAM, OUTPUTS], ids=["subject", "team", "output"])
async def test_one_request_is_erased_while_it_is_under_way(room: Room, rules: VaultRules) -> None:
    room.rules = rules
    theirs, another = await room.open(subject="p-1"), await room.open(subject="p-1")
    room.clock.advance(1)
    assert room.erase_all(OfRequest(request_of(theirs))).erasure.done
    for opened in (theirs, another):
        await room.close(opened)
    assert {request_id for request_id, _ in room.kept()} == {request_of(another)}


async def test_a_request_that_ended_without_a_text_is_said_to_be_unknown(room: Room) -> None:
    room.rules = replace(VaultRules(), key_per=KeyPer.TEAM)
    request_id = await room.ask(subject="p-1")
    with pytest.raises(RecordNotFound):
        room.erase_all(OfRequest(request_id))
    with pytest.raises(RecordNotFound):
        room.erase_all(OfRequest("no-such-request"))


async def test_a_team_is_erased_whole_and_what_is_under_way_with_it(room: Room) -> None:
    before = [await room.ask(subject="p-1"), await room.ask()]
    under_way = [await room.open(subject="p-1"), await room.open()]
    room.rules = PER_TEAM
    before.append(await room.ask(subject="p-2"))
    under_way.append(await room.open())
    elsewhere = await room.ask(team="visits")
    room.clock.advance(1)
    erasure = room.erase_all(OfTeam("claims")).erasure
    assert erasure.done
    # Two texts of each that had ended, and one of each under way; two own keys, two shared ones.
    assert (erasure.texts_erased, erasure.keys_destroyed) == (9, 4)
    for opened in under_way:
        await room.close(opened)
    assert {request_id for request_id, _ in room.kept()} == {elsewhere}
    for request_id in (*before, *map(request_of, under_way)):
        with pytest.raises(KeyUnavailable):
            room.reader.matches(request_id, Part.INPUT, b"{}", AUDITOR, "case 7")
    room.clock.advance(1)
    for rules in (KEEP_ALL, PER_TEAM):
        room.rules = rules
        after = await room.ask(subject="p-1")
        assert {(after, "input"), (after, "output")} <= room.kept()
    with pytest.raises(RecordNotFound):
        room.erase_all(OfTeam("no-such-team"))


async def test_a_key_of_a_request_that_its_team_s_erasure_overtook_is_not_written(
    room: Room,
) -> None:
    await room.ask()
    request, principal, classification, decision = asked()
    kept = await room.vault.seal_input(request, principal, classification)
    room.rules = VaultRules()
    digest_alone = await room.vault.seal_input(request, principal, classification)
    room.clock.advance(1)
    assert room.erase_all(OfTeam("claims")).erasure.done
    with pytest.raises(TextNotKept):
        await room.writer.write(kept.write)
    # Where nothing has to be kept, nobody is refused; its digest can never be checked.
    await room.writer.write(digest_alone.write)
    with room.engine.connect() as connection:
        alive = select(vault_keys.c.id).where(vault_keys.c.wrapped.is_not(None))
        assert connection.execute(alive).all() == []
    assert decision.plan == ()


async def test_while_an_erasure_waits_a_held_answer_is_kept_and_goes_with_it(room: Room) -> None:
    room.rules = PER_TEAM
    opened = await room.open(subject="p-1")
    hold_id = room.hold(of("p-1"))
    room.clock.advance(1)
    assert room.erase("p-1").held
    await room.close(opened)
    assert room.kept() == {(request_of(opened), "input"), (request_of(opened), "output")}
    with room.engine.begin() as connection:
        lift_hold(connection, hold_id, actor=AUDITOR, reason="over", now_s=room.clock.now_s())
    assert room.prune().erasures == 1
    assert room.kept() == set()


@pytest.mark.parametrize("rules", [KEEP_ALL, PER_TEAM], ids=["subject", "team"])
async def test_asked_for_again_it_is_the_same_erasure_of_what_came_since_too(
    room: Room, rules: VaultRules
) -> None:
    room.rules = rules
    held = await room.ask(subject="p-1")
    room.hold(OfRequest(held))
    room.clock.advance(1)
    first = room.erase("p-1")
    assert (first.texts_erased, first.texts_left, first.held) == (0, 2, True)
    room.clock.advance(1)
    await room.ask(subject="p-1")
    room.clock.advance(1)
    again = room.erase("p-1")
    assert (again.id, again.texts_erased, again.texts_left) == (first.id, 2, 2)
    assert {request_id for request_id, _ in room.kept()} == {held}
    once_more = room.erase("p-1")
    assert (once_more.id, once_more.texts_erased, once_more.texts_left) == (first.id, 0, 2)
    assert room.act_names().count("vault.erasure_requested") == 3


async def test_whom_an_erasure_was_about_is_forgotten_when_nothing_can_come_any_more(
    room: Room,
) -> None:
    room.rules = PER_TEAM
    await room.ask(subject="p-1")
    room.clock.advance(1)
    assert room.erase("p-1").done
    for wait_s, known in ((0.0, True), (REMEMBERED_S, True), (1.0, False)):
        room.clock.advance(wait_s)
        room.prune()
        with room.engine.connect() as connection:
            [subject] = connection.scalars(select(vault_erasures.c.subject))
        assert (subject is not None) is known


async def test_a_clock_that_was_ahead_keeps_nothing_from_an_erasure(room: Room) -> None:
    room.rules = PER_TEAM
    opened = await room.open(subject="p-1")
    room.clock.advance(-10)
    assert room.erase("p-1").done
    await room.close(opened)
    assert room.kept() == set()


@pytest.mark.parametrize("target", [of("p-1"), OfTeam("claims")], ids=["subject", "team"])
async def test_a_key_that_was_made_since_keeps_nothing_of_before(
    room: Room, target: Target
) -> None:
    """It looked for its key after the erasure, and had come before."""
    await room.ask(subject="p-1")
    request, principal, classification, _ = asked(subject="p-1")
    came_at_s = room.clock.now_s()
    room.clock.advance(1)
    assert room.erase_all(target).erasure.done
    room.clock.advance(1)
    await room.ask(subject="p-1")
    later = room.kept()
    room.clock.at_s = came_at_s
    sealed = await room.vault.seal_input(request, principal, classification)
    room.clock.advance(3)
    with pytest.raises(TextNotKept):
        await room.writer.write(sealed.write)
    assert room.kept() == later


@pytest.mark.parametrize("rules", [KEEP_ALL, PER_TEAM], ids=["request", "team"])
async def test_a_text_from_the_far_future_stops_nobody_after_an_erasure(
    room: Room, rules: VaultRules
) -> None:
    room.rules = rules
    ten_years_s = 3_650 * DAY_S
    room.clock.advance(ten_years_s)
    await room.ask()
    room.clock.advance(-ten_years_s)
    await room.ask()
    assert room.erase_all(OfTeam("claims")).erasure.done
    assert room.kept() == set()
    room.clock.advance(CLOCKS_APART_S + 1)
    later = await room.ask()
    assert room.kept() == {(later, "input"), (later, "output")}


async def test_more_than_a_batch_is_erased_in_several_and_counted_as_one(room: Room) -> None:
    await asyncio.gather(*(room.ask(answer=()) for _ in range(BATCH + 3)))
    room.clock.advance(1)
    erasure = room.erase_all(OfTeam("claims")).erasure
    assert erasure.done
    assert (erasure.texts_erased, erasure.keys_destroyed) == (BATCH + 3, BATCH + 3)
    assert room.act_names().count("vault.erasure_requested") == 1
    assert room.act_names().count("vault.erased") == 1


async def test_what_housekeeping_has_ended_meanwhile_is_not_ended_twice(room: Room) -> None:
    await asyncio.gather(*(room.ask(answer=()) for _ in range(BATCH)))
    room.clock.advance(1)
    with room.engine.begin() as connection:
        first = erase(
            connection,
            OfTeam("claims"),
            room.rules,
            actor=ADMIN,
            reason="they have left",
            now_s=room.clock.now_s(),
        )
    assert first.more
    assert room.prune().erasures == 1
    with room.engine.begin() as connection:
        assert settle(connection, first.id, room.rules, room.clock.now_s()).done
    assert room.act_names().count("vault.erased") == 1


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("open"), st.sampled_from(["p-1", "p-2", None])),
        st.tuples(st.just("close"), st.integers(0, 9)),
        st.tuples(st.just("erase"), st.sampled_from(["p-1", "p-2", "team", "request"])),
        st.tuples(st.just("policy"), st.sampled_from([KEEP_ALL, PER_TEAM, OUTPUTS])),
    ),
    max_size=14,
)


@settings(max_examples=25)
@given(steps=STEPS)
def test_in_whatever_order_things_happen_what_was_erased_is_not_there(
    steps: list[tuple[str, object]],
) -> None:
    with tempfile.TemporaryDirectory() as directory:
        file = Path(directory) / "test.db"
        file.write_bytes(migrated_sqlite())
        engine = connect(f"sqlite:///{file}")
        writer = Writer(engine)
        writer.start()
        try:
            asyncio.run(_live(Room(engine, writer), steps))
        finally:
            writer.close()
            engine.dispose()


async def _live(room: Room, steps: list[tuple[str, object]]) -> None:
    """Follows the steps, closes what is left, and compares with what should be kept."""
    under_way: list[OpenRecord] = []
    asked_of: dict[str, object] = {}
    erased: set[str] = set()
    for step, said in steps:
        room.clock.advance(1)
        match step, said:
            case "open", subject:
                under_way.append(await room.open(subject=subject))
                asked_of[request_of(under_way[-1])] = subject
            case "close", int(which) if under_way:
                await room.close(under_way.pop(which % len(under_way)))
            case "policy", VaultRules() as rules:
                room.rules = rules
            case "erase", str(whom):
                newest = next(reversed(asked_of), "none")
                target: Target = {"team": OfTeam("claims"), "request": OfRequest(newest)}.get(
                    whom
                ) or of(whom)
                try:
                    assert room.erase_all(target).erasure.done
                except RecordNotFound:
                    if whom == "request":
                        continue
                erased |= {
                    request_id
                    for request_id, subject in asked_of.items()
                    if whom in (subject, "team") or (whom == "request" and request_id == newest)
                }
    room.clock.advance(DAY_S)
    for opened in under_way:
        await room.close(opened)
    kept = {request_id for request_id, _ in room.kept()}
    assert kept.isdisjoint(erased)
    assert kept >= asked_of.keys() - erased
