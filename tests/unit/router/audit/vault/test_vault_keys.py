"""Keys and what is under them: nothing opens elsewhere, and a new master key changes no text."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select
from vault_case import ADMIN, AUDITOR, MASTER_KEY, Room

from router.audit.vault.errors import KeyUnavailable, TextDamaged
from router.audit.vault.master_keys import VARIABLE, master_keys
from router.audit.vault.rewrap import BATCH, rewrap
from router.audit.vault.rules import Part
from router.audit.vault.sealing import Place, TextKey
from router.audit.vault.tables import vault_keys, vault_texts
from router.audit.vault.texts import body_of, input_bytes, readings
from router.audit.vault.wrapping import (
    EnvironmentKeyWrapper,
    FileKeyWrapper,
    KeyRing,
    Wrapped,
)
from router.domain import DataClass
from router.errors import RoleRequired

NEW_MASTER_KEY = b"n" * 32
PLACES = st.builds(
    Place,
    st.sampled_from(["request-1", "request-2"]),
    st.sampled_from(Part),
    st.sampled_from(DataClass),
)
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda below: st.lists(below, max_size=4) | st.dictionaries(st.text(), below, max_size=4),
    max_leaves=20,
)


@given(text=st.binary(max_size=300), place=PLACES, other=PLACES)
def test_a_text_opens_in_its_place_and_in_no_other(text: bytes, place: Place, other: Place) -> None:
    key = TextKey.new("key-1")
    sealed = key.seal(place, text)
    assert text not in sealed or len(text) < 8
    assert key.open(place, sealed) == text
    if other != place:
        with pytest.raises(TextDamaged):
            key.open(other, sealed)


@given(text=st.binary(max_size=60), place=PLACES, data=st.data())
def test_no_bit_of_a_sealed_text_can_be_changed_unseen(
    text: bytes, place: Place, data: st.DataObject
) -> None:
    key = TextKey.new("key-1")
    sealed = bytearray(key.seal(place, text))
    bit = data.draw(st.integers(0, len(sealed) * 8 - 1))
    sealed[bit // 8] ^= 1 << bit % 8
    with pytest.raises(TextDamaged):
        key.open(place, bytes(sealed))


@given(garbage=st.binary(max_size=80))
def test_garbage_is_no_text_and_no_key(garbage: bytes) -> None:
    with pytest.raises(TextDamaged):
        TextKey.new("key-1").open(Place("r", Part.INPUT, DataClass.PUBLIC), garbage)
    wrapper = FileKeyWrapper(MASTER_KEY)
    with pytest.raises(KeyUnavailable):
        wrapper.unwrap("key-1", Wrapped(wrapper.key_id, garbage))


def test_a_wrapped_key_belongs_to_its_row_and_to_its_master_key() -> None:
    wrapper = FileKeyWrapper(MASTER_KEY)
    wrapped = wrapper.wrap("key-1", b"k" * 32)
    assert wrapper.unwrap("key-1", wrapped) == b"k" * 32
    with pytest.raises(KeyUnavailable):
        wrapper.unwrap("key-2", wrapped)
    with pytest.raises(KeyUnavailable):
        FileKeyWrapper(NEW_MASTER_KEY).unwrap("key-1", wrapped)
    with pytest.raises(KeyUnavailable):
        KeyRing(FileKeyWrapper(NEW_MASTER_KEY)).unwrap("key-1", wrapped)


def test_digest_and_encryption_have_keys_of_their_own() -> None:
    key = TextKey("key-1", b"k" * 32)
    assert key.digest(b"yes") != TextKey("key-1", b"l" * 32).digest(b"yes")
    assert key.digest(b"yes") == TextKey("key-2", b"k" * 32).digest(b"yes")


@given(body=st.dictionaries(st.text(), JSON, max_size=5))
def test_a_body_is_kept_as_it_is(body: dict[str, object]) -> None:
    kept = input_bytes(body)  # type: ignore[arg-type]
    assert input_bytes(body_of(kept)) == kept
    assert kept in readings(Part.INPUT, kept)


@pytest.mark.parametrize("said", ["", "00", "z" * 64, "0" * 66])
def test_what_is_no_master_key_is_refused_and_not_repeated(said: str) -> None:
    with pytest.raises(ValueError, match="VARIABLE is no master key") as refused:
        EnvironmentKeyWrapper({"VARIABLE": said}, "VARIABLE")
    assert len(said) < 4 or said not in str(refused.value)
    with pytest.raises(ValueError, match="32 bytes"):
        FileKeyWrapper(b"short")


def test_the_environment_s_key_wraps_and_the_files_keys_still_unwrap(tmp_path: Path) -> None:
    (tmp_path / "vault.key").write_bytes(MASTER_KEY)
    (tmp_path / "vault-previous.key").write_bytes(NEW_MASTER_KEY)
    plain = master_keys(tmp_path, {})
    assert plain.key_id == FileKeyWrapper(MASTER_KEY).key_id
    ring = master_keys(tmp_path, {VARIABLE: "ab" * 32})
    assert ring.key_id.startswith("environment:")
    for master_key in (MASTER_KEY, NEW_MASTER_KEY):
        wrapped = FileKeyWrapper(master_key).wrap("key-1", b"k" * 32)
        assert ring.unwrap("key-1", wrapped) == b"k" * 32


async def test_a_rotation_rewraps_every_key_and_touches_no_text(room: Room) -> None:
    ids = [await room.ask(subject="p-1"), await room.ask(), await room.ask(subject="p-2")]
    room.erase("p-2")
    with room.engine.connect() as connection:
        texts = connection.execute(select(vault_texts)).all()
    new = FileKeyWrapper(NEW_MASTER_KEY)
    seen: list[tuple[int, int]] = []
    ring = KeyRing(new, room.wrapper)
    done = rewrap(
        room.engine,
        ring,
        actor=ADMIN,
        reason="every year",
        clock=room.clock,
        progress=lambda done, of: seen.append((done, of)),
    )
    assert (done.keys, done.unavailable) == (2, 0)
    assert seen == [(2, 2)]
    room.wrapper = new  # the old one is gone
    assert all(room.read(each) for each in ids[:2])
    with room.engine.connect() as connection:
        assert connection.execute(select(vault_texts)).all() == texts
        wrapped_by = set(connection.scalars(select(vault_keys.c.wrapped_by)))
    assert wrapped_by == {new.key_id, None}
    again = rewrap(room.engine, ring, actor=ADMIN, reason="again", clock=room.clock)
    assert again.keys == 0
    assert room.act_names().count("vault.rewrapped") == 2


async def test_keys_of_an_unknown_master_key_are_counted_and_left(room: Room) -> None:
    request_id = await room.ask()
    other = KeyRing(FileKeyWrapper(NEW_MASTER_KEY))
    done = rewrap(room.engine, other, actor=ADMIN, reason="lost", clock=room.clock)
    assert (done.keys, done.unavailable) == (0, 1)
    assert room.read(request_id)
    with pytest.raises(RoleRequired):
        rewrap(room.engine, other, actor=AUDITOR, reason="mine", clock=room.clock)


async def test_a_rotation_goes_on_in_batches(room: Room) -> None:
    for _ in range(2):
        await room.ask()
    with room.engine.begin() as connection:
        rows = [
            {"id": f"key-{n:04}", "team": "claims", "created_at_s": 0.0}
            | {"wrapped": wrapped.sealed, "wrapped_by": wrapped.by}
            for n in range(BATCH)
            for wrapped in [room.wrapper.wrap(f"key-{n:04}", b"k" * 32)]
        ]
        connection.execute(vault_keys.insert(), rows)
    ring = KeyRing(FileKeyWrapper(NEW_MASTER_KEY), room.wrapper)
    done = rewrap(room.engine, ring, actor=ADMIN, reason="every year", clock=room.clock)
    assert (done.keys, done.unavailable) == (BATCH + 2, 0)
