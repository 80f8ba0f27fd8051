"""What the vault keeps of a record, under which key, and who can tell what a digest was made of."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace

import pytest
from sqlalchemy import func, select
from vault_case import AUDITOR, KEEP_ALL, NAMES, Room, asked

from router.audit.tables import decisions
from router.audit.vault.errors import KeyUnavailable
from router.audit.vault.rules import ClassRules, Keep, KeyPer, Part, VaultRules
from router.audit.vault.tables import vault_keys, vault_texts
from router.audit.vault.wrapping import FileKeyWrapper, Wrapped
from router.domain import DataClass
from router.errors import RecordNotFound, TextNotKept

SECRET = "a text that is nobody else's business"
BODY = {"messages": [{"role": "user", "content": SECRET}], "temperature": 0.5}


async def test_what_is_kept_can_be_read_back_as_it_was(room: Room) -> None:
    request_id = await room.ask(BODY, ["first choice", "second choice \ud83d\ude00"])
    assert room.read(request_id) == BODY
    assert room.read(request_id, Part.OUTPUT) == {"texts": ["first choice", "second choice 😀"]}


async def test_by_default_nothing_is_kept_and_every_record_has_keyed_digests(room: Room) -> None:
    room.rules = VaultRules()
    request_id = await room.ask(BODY)
    assert room.entry(request_id)["input_digest"].startswith("hmac-sha256:")
    assert room.entry(request_id, "outcome")["output_digest"].startswith("hmac-sha256:")
    with room.engine.connect() as connection:
        assert connection.scalar(select(func.count()).select_from(vault_texts)) == 0
    with pytest.raises(RecordNotFound):
        room.read(request_id)


@pytest.mark.parametrize(
    ("keep", "kept"),
    [
        (Keep.NONE, set()),
        (Keep.INPUT, {"input"}),
        (Keep.OUTPUT, {"output"}),
        (Keep.BOTH, {"input", "output"}),
    ],
)
async def test_what_is_kept_is_what_the_class_says(room: Room, keep: Keep, kept: set[str]) -> None:
    room.rules = VaultRules(classes={DataClass.INTERNAL: ClassRules(keep, 0, 1)})
    request_id = await room.ask(data_class=DataClass.INTERNAL)
    other = await room.ask(data_class=DataClass.RESTRICTED)
    with room.engine.connect() as connection:
        rows = connection.execute(select(vault_texts.c.request_id, vault_texts.c.part)).all()
    assert {row.part for row in rows if row.request_id == request_id} == kept
    assert not [row for row in rows if row.request_id == other]


async def test_a_regulated_purpose_keeps_both_texts_whatever_the_class(room: Room) -> None:
    room.rules = VaultRules(regulated_purposes=frozenset({"advice"}))
    request_id = await room.ask(BODY, purpose="advice", data_class=DataClass.PUBLIC)
    assert room.read(request_id) == BODY
    assert room.read(request_id, Part.OUTPUT) == {"texts": ["fine"]}


class NoKeys:
    """A key management service that does not answer."""

    key_id = "kms:away"

    def wrap(self, row_id: str, key: bytes) -> Wrapped:
        raise KeyUnavailable("the service does not answer")

    def unwrap(self, row_id: str, wrapped: Wrapped) -> bytes:
        raise KeyUnavailable("the service does not answer")


@pytest.mark.parametrize("subject", [None, "patient-17"])
async def test_without_a_key_there_is_no_answer_and_no_half_of_a_record(
    room: Room, subject: str | None
) -> None:
    room.wrapper = NoKeys()
    with pytest.raises(TextNotKept):
        await room.open(purpose="advice", subject=subject)
    with room.engine.connect() as connection:
        assert connection.scalar(select(func.count()).select_from(decisions)) == 0
        assert connection.scalar(select(func.count()).select_from(vault_keys)) == 0


async def test_requests_of_one_subject_share_a_key_and_of_no_other(room: Room) -> None:
    said = [("claims", "p-1"), ("claims", "p-1"), ("claims", "p-2"), ("visits", "p-1")]
    ids = [await room.ask(team=team, subject=subject) for team, subject in said]
    ids += [await room.ask(), await room.ask()]
    keys = [room.entry(each)["vault_key"] for each in ids]
    assert keys[0] == keys[1]
    assert len(set(keys)) == len(keys) - 1


async def test_a_team_has_one_key_where_the_policy_says_so(room: Room) -> None:
    room.rules = replace(KEEP_ALL, key_per=KeyPer.TEAM)
    ids = [await room.ask(subject="p-1"), await room.ask(subject="p-2"), await room.ask()]
    other = await room.ask(team="visits")
    keys = {room.entry(each)["vault_key"] for each in ids}
    assert len(keys) == 1
    assert room.entry(other)["vault_key"] not in keys


async def test_the_first_requests_of_a_subject_at_once_end_with_one_key(room: Room) -> None:
    opened = await asyncio.gather(*(room.open(subject="p-1") for _ in range(20)))
    assert len({each.sealed.key_id for each in opened}) == 1
    with room.engine.connect() as connection:
        assert connection.scalar(select(func.count()).select_from(vault_keys)) == 1
    for each in opened:
        assert room.read(each.sealed.sealer.request_id)["messages"]


async def test_the_same_text_has_another_digest_under_every_key(room: Room) -> None:
    ids = [await room.ask(BODY) for _ in range(3)]
    assert len({room.entry(each)["input_digest"] for each in ids}) == 3


async def test_neither_text_nor_subject_is_anywhere_in_the_database(room: Room) -> None:
    await room.ask(BODY, [SECRET], subject="patient-17")
    tables = (vault_keys, vault_texts, decisions)
    with room.engine.connect() as connection:
        stored = repr([tuple(row) for table in tables for row in connection.execute(select(table))])
    stored += json.dumps(room.acts())
    assert SECRET not in stored
    assert "patient-17" not in stored


async def test_an_auditor_can_tell_whether_a_text_is_the_one_of_the_record(room: Room) -> None:
    room.rules = VaultRules()  # also of what was not kept
    request_id = await room.ask(BODY, ["the answer"])

    def matches(part: Part, text: str) -> bool:
        return room.reader.matches(request_id, part, text.encode(), AUDITOR, "case 7")

    assert matches(Part.INPUT, json.dumps(BODY, indent=4))
    assert not matches(Part.INPUT, json.dumps(BODY | {"temperature": 0.6}))
    assert not matches(Part.INPUT, "no JSON")
    assert matches(Part.OUTPUT, "the answer")
    assert matches(Part.OUTPUT, '{"texts": ["the answer"]}')
    assert not matches(Part.OUTPUT, "the answer.")
    assert room.act_names() == ["vault.text_compared"] * 6


async def test_a_vault_that_died_between_two_halves_leaves_no_text_without_a_record(
    room: Room,
) -> None:
    """The text is written with its half of the record, or not at all."""
    sealed = await room.vault.seal_input(*asked(BODY)[:3])
    assert sealed.digest
    with room.engine.connect() as connection:
        assert connection.scalar(select(func.count()).select_from(vault_texts)) == 0
        assert connection.scalar(select(func.count()).select_from(vault_keys)) == 0


async def test_another_master_key_opens_nothing(room: Room) -> None:
    request_id = await room.ask(BODY, subject="p-1")
    room.wrapper = FileKeyWrapper(b"x" * 32)
    with pytest.raises(KeyUnavailable):
        room.read(request_id)
    with pytest.raises(TextNotKept):
        await room.ask(BODY, subject="p-1")


def test_a_subject_has_another_name_in_every_team() -> None:
    assert NAMES.digest("claims", "p-1") != NAMES.digest("visits", "p-1")
    assert NAMES.digest("claims", "p-1") == NAMES.digest("claims", "p-1")
