"""The log's key as text: one log's, whole, or refused."""

from __future__ import annotations

import base64

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st

from router.audit.log.verifier_key import read_key, verifier_key
from tests.unit.router.audit.log.filled_log import PUBLIC_KEY

RAW = PUBLIC_KEY.public_bytes_raw()


def pem(key: object) -> bytes:
    form = (Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    content: bytes = key.public_bytes(*form)  # type: ignore[attr-defined]
    return content


def test_it_is_read_in_every_form_that_it_is_shown_in() -> None:
    line = verifier_key(PUBLIC_KEY).encode()
    for content in (line, line + b"\n", pem(PUBLIC_KEY), RAW.hex().encode(), RAW):
        assert read_key(content).public_bytes_raw() == RAW


def test_it_is_as_signed_note_has_it() -> None:
    name, key_id, key = verifier_key(PUBLIC_KEY).split("+", 2)
    assert name.startswith("ringfence/")
    assert len(bytes.fromhex(key_id)) == 4
    assert base64.b64decode(key) == b"\x01" + RAW


def test_the_parts_of_two_keys_are_no_key() -> None:
    mine = verifier_key(PUBLIC_KEY).split("+", 2)
    other = verifier_key(Ed25519PrivateKey.generate().public_key()).split("+", 2)
    for part in range(3):
        mixed = [*mine]
        mixed[part] = other[part]
        with pytest.raises(ValueError, match="audit key"):
            read_key("+".join(mixed).encode())


@given(st.binary().filter(lambda content: len(content) != 32))
def test_what_is_no_key_is_refused_with_the_cure(content: bytes) -> None:
    with pytest.raises(ValueError, match="audit key"):
        read_key(content)


def test_a_key_of_another_kind_is_refused() -> None:
    with pytest.raises(ValueError, match="audit key"):
        read_key(pem(X25519PrivateKey.generate().public_key()))
