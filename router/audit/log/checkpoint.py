"""Checkpoints: size and root of the log, signed, as C2SP's tlog-checkpoint and signed-note say."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from sqlalchemy import Connection, func, insert, select

from router.audit.log.errors import BadNote, LogBroken
from router.audit.log.merkle import HASH_BYTES
from router.audit.log.sequence import read_frontier
from router.audit.log.tables import log_checkpoints

ED25519 = b"\x01"
"""What signed-note calls this kind of key."""
_KEY_ID_BYTES = 4
_NOTE = re.compile(
    r"(?P<text>(?P<origin>[^\s+]+)\n(?P<size>[0-9]{1,19})\n(?P<root>[A-Za-z0-9+/=]+)\n"
    r"timestamp (?P<timestamp>[0-9]{1,19})\n)\n"
    r"— (?P<name>[^\s+]+) (?P<signature>[A-Za-z0-9+/=]+)\n"
)
_SIGNATURE_LINE = "— "


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """`timestamp_s` is Unix time in whole seconds; `note` is the signed text, byte for byte."""

    origin: str
    size: int
    root: bytes
    timestamp_s: int
    note: str


def origin_of(public_key: Ed25519PublicKey) -> str:
    """The log's name: one key signs one log."""
    return f"ringfence/{hashlib.sha256(_raw(public_key)).hexdigest()[:16]}"


def key_id_of(name: str, public_key: Ed25519PublicKey) -> bytes:
    """Four bytes, as signed-note says of Ed25519 keys."""
    return hashlib.sha256(name.encode() + b"\n" + ED25519 + _raw(public_key)).digest()[
        :_KEY_ID_BYTES
    ]


def sign_checkpoint(
    connection: Connection, key: Ed25519PrivateKey, now_s: float
) -> Checkpoint | None:
    """Signs the log as it stands and stores that; None where the last checkpoint has it all.

    Raises LogBroken where the log is shorter than what was signed before.
    """
    # Two that sign at once come one after the other, and the second finds nothing new.
    frontier = read_frontier(connection, lock=True)
    signed: int = connection.execute(select(func.max(log_checkpoints.c.size))).scalar() or 0
    if signed > frontier.size:
        raise LogBroken(f"a log of {signed} entries was signed, and it has {frontier.size}")
    if signed == frontier.size:
        return None
    checkpoint = make_checkpoint(key, frontier.size, frontier.root(), int(now_s))
    row = {"size": checkpoint.size, "note": checkpoint.note, "created_at_s": int(now_s)}
    connection.execute(insert(log_checkpoints), [row])
    return checkpoint


def make_checkpoint(key: Ed25519PrivateKey, size: int, root: bytes, timestamp_s: int) -> Checkpoint:
    public_key = key.public_key()
    origin = origin_of(public_key)
    text = f"{origin}\n{size}\n{_base64(root)}\ntimestamp {timestamp_s}\n"
    signature = _base64(key_id_of(origin, public_key) + key.sign(text.encode()))
    return Checkpoint(
        origin, size, root, timestamp_s, f"{text}\n{_SIGNATURE_LINE}{origin} {signature}\n"
    )


def parse_note(text: str, public_key: Ed25519PublicKey) -> Checkpoint:
    """The checkpoint that a note is. Raises BadNote unless this key has signed it, as it stands.

    There is one way to write a checkpoint: a character more or less, even where it would mean the
    same, is not what was signed.
    """
    found = _NOTE.fullmatch(text)
    if found is None:
        raise BadNote("it is not a checkpoint")
    origin = origin_of(public_key)
    if found["origin"] != origin or found["name"] != origin:
        raise BadNote(f"it is not of the log {origin}")
    root, signature = _unbase64(found["root"]), _unbase64(found["signature"])
    if len(root) != HASH_BYTES or signature[:_KEY_ID_BYTES] != key_id_of(origin, public_key):
        raise BadNote("it is not a checkpoint by this key")
    try:
        public_key.verify(signature[_KEY_ID_BYTES:], found["text"].encode())
    except InvalidSignature:
        raise BadNote("the signature is wrong") from None
    return Checkpoint(origin, int(found["size"]), root, int(found["timestamp"]), text)


def stored_notes(connection: Connection, limit: int) -> list[str]:
    """The latest notes, the largest size first."""
    statement = select(log_checkpoints.c.note).order_by(log_checkpoints.c.size.desc())
    return [*connection.execute(statement.limit(limit)).scalars()]


def split_notes(text: str) -> Iterator[str]:
    """The notes of a text that has one after the other, empty lines between them or not."""
    lines: list[str] = []
    for line in text.splitlines(keepends=True):
        if not lines and not line.strip():
            continue
        lines.append(line)
        if line.startswith(_SIGNATURE_LINE):
            yield "".join(lines)
            lines = []
    if lines:
        yield "".join(lines)


def _raw(public_key: Ed25519PublicKey) -> bytes:
    return public_key.public_bytes(Encoding.Raw, PublicFormat.Raw)


def _base64(value: bytes) -> str:
    return base64.b64encode(value).decode()


def _unbase64(text: str) -> bytes:
    try:
        value = base64.b64decode(text, validate=True)
    except binascii.Error:
        raise BadNote("it is not a checkpoint") from None
    # The last digit has bits that decoders ignore.
    if _base64(value) != text:
        raise BadNote("it is not a checkpoint")
    return value
