"""A checkpoint is a signed note as C2SP has it, and nothing that differs from it passes for one."""

from __future__ import annotations

import base64
import hashlib

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine, update

from router.audit.log.checkpoint import (
    make_checkpoint,
    origin_of,
    parse_note,
    split_notes,
    stored_notes,
)
from router.audit.log.errors import BadNote, LogBroken
from router.audit.log.sequence import sequence
from router.audit.log.stored_tree import StoredTree
from router.audit.log.tables import log_state
from tests.unit.router.audit.log.filled_log import BEGAN_S, KEY, PUBLIC_KEY, add_act, fill, sign

CHECKPOINT = make_checkpoint(KEY, 40, hashlib.sha256(b"root").digest(), 1_790_000_000)


def test_a_note_is_read_by_whoever_knows_the_format() -> None:
    text, signature = CHECKPOINT.note.split("\n\n")
    origin, size, root, extension = text.split("\n")
    raw = PUBLIC_KEY.public_bytes_raw()
    assert origin == f"ringfence/{hashlib.sha256(raw).hexdigest()[:16]}"
    assert (size, extension) == ("40", "timestamp 1790000000")
    assert base64.b64decode(root) == CHECKPOINT.root
    assert signature.startswith(f"— {origin} ")
    signed = base64.b64decode(signature.split(" ")[2])
    assert signed[:4] == hashlib.sha256(origin.encode() + b"\n\x01" + raw).digest()[:4]
    PUBLIC_KEY.verify(signed[4:], f"{text}\n".encode())


@given(st.integers(1, 2**62), st.binary(min_size=32, max_size=32), st.integers(0, 2**40))
def test_what_is_signed_is_read_back(size: int, root: bytes, timestamp_s: int) -> None:
    checkpoint = make_checkpoint(KEY, size, root, timestamp_s)
    assert parse_note(checkpoint.note, PUBLIC_KEY) == checkpoint


def test_no_single_bit_can_be_changed() -> None:
    note = CHECKPOINT.note.encode()
    for bit in range(len(note) * 8):
        changed = bytearray(note)
        changed[bit // 8] ^= 1 << bit % 8
        with pytest.raises(BadNote):
            parse_note(changed.decode("utf-8", "backslashreplace"), PUBLIC_KEY)


@given(st.text(max_size=300))
def test_no_other_text_is_a_checkpoint(text: str) -> None:
    for note in (text, text + CHECKPOINT.note, CHECKPOINT.note + text):
        if note != CHECKPOINT.note:
            with pytest.raises(BadNote):
                parse_note(note, PUBLIC_KEY)


def test_another_key_signs_another_log() -> None:
    other = Ed25519PrivateKey.generate()
    assert origin_of(other.public_key()) != CHECKPOINT.origin
    with pytest.raises(BadNote):
        parse_note(make_checkpoint(other, 40, CHECKPOINT.root, 1).note, PUBLIC_KEY)


def test_notes_of_one_file_are_told_apart() -> None:
    second = make_checkpoint(KEY, 41, CHECKPOINT.root, 1_790_000_060).note
    for between in ("", "\n", "\n\n"):
        notes = list(split_notes(between.join([CHECKPOINT.note, second])))
        assert notes == [CHECKPOINT.note, second]
    assert list(split_notes("\n \n")) == []
    assert list(split_notes("something else")) == ["something else"]


def test_the_log_is_signed_when_it_has_grown_and_not_before(any_engine: Engine) -> None:
    with any_engine.begin() as connection:
        assert sign(connection) is None
        add_act(connection)
        assert sign(connection) is None, "an entry that waits is not in the log"
        sequence(connection, 100)
        first = sign(connection, BEGAN_S + 60)
        assert first is not None
        assert (first.size, first.timestamp_s) == (1, int(BEGAN_S + 60))
        assert first.root == StoredTree(connection).root(1)
        assert sign(connection, BEGAN_S + 120) is None
        assert stored_notes(connection, 10) == [first.note]


def test_a_log_that_has_lost_what_was_signed_is_not_signed_again(engine: Engine) -> None:
    fill(engine, 2)
    with engine.begin() as connection:
        connection.execute(update(log_state).values(size=2, frontier=bytes(32)))
        with pytest.raises(LogBroken):
            sign(connection)
