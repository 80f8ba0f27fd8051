"""The record of a gate: what was judged, by what, with what verdict; signed with the audit key.

A signature says that whoever holds the key ran the gate and that nobody has edited its verdict
since. It does not say that the outcomes it read were measured well: their digests are in it, and
the records themselves say how. What was taken to be asked for, and which golden cases were checked,
is in it by digest as well: the policy in force says which they have to be.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from router.audit.canonical import canonical_json
from router.domain import Json, JsonObject

SCHEMA = 2
WITHOUT_INPUTS = 1
"""The schema of records that do not bind what was judged on; they are read, and open nothing."""

KIND = "gate"
MAX_BYTES = 4 * 1024 * 1024

# The audit key signs checkpoints as well: nothing signed as the one may pass for the other. The
# schema is among what is signed, so that none of the two passes for the other either.
_CONTEXT = b"ringfence gate record v1\n"


class Verdict(StrEnum):
    """`inconclusive` is no weak pass: nothing was shown, and more has to be measured."""

    PASS = "pass"  # noqa: S105 -- a verdict
    FAIL = "fail"
    INCONCLUSIVE = "inconclusive"


class GateRefused(ValueError):
    """What is to be applied was not shown to do no harm; the message says what would show it."""


@dataclass(frozen=True, slots=True)
class Judged:
    """Rules as a gate knows them: by the digest of their bytes, and by that of their meaning."""

    digest: str
    meaning: str

    def as_json(self) -> JsonObject:
        return {"digest": self.digest, "meaning": self.meaning}


@dataclass(frozen=True, slots=True)
class Inputs:
    """What the applicant brought beside outcomes, by the sha256 of each file's bytes.

    `traffic` is what was taken to be asked for, None for every kind of request; `golden` are the
    files of golden cases that were checked.
    """

    traffic: str | None
    golden: frozenset[str]

    def as_json(self) -> JsonObject:
        return {"traffic": self.traffic, "golden": list[Json](sorted(self.golden))}


@dataclass(frozen=True, slots=True)
class GateRecord:
    """`content` is all that is signed; the other fields are read out of it.

    `slices` has what each critical slice was, in the words of the policy; `inputs` is None for a
    record of schema 1, which does not say. `sha256` is of the signed bytes and names the record in
    the log.
    """

    candidate: Judged
    against: Judged
    verdict: Verdict
    margin: float
    slices: tuple[JsonObject, ...]
    inputs: Inputs | None
    made_at: datetime
    content: JsonObject = field(repr=False)

    @property
    def sha256(self) -> str:
        return hashlib.sha256(canonical_json(self.content)).hexdigest()

    @property
    def id(self) -> str:
        return str(self.content["id"])


def record_of(content: JsonObject) -> GateRecord:
    """Raises GateRefused for what is no record of a gate."""
    said: Any = content
    try:
        schema = said["schema"]
        if said["kind"] != KIND or type(schema) is not int or not 1 <= schema <= SCHEMA:
            raise ValueError("of another kind")
        made_at = datetime.fromisoformat(said["made_at"])
        if made_at.tzinfo is None or not isinstance(said["id"], str):
            raise ValueError("without a zone, or an id")
        margin = float(said["margin"])
        if not 0 < margin < 1:
            raise ValueError("no margin")
        return GateRecord(
            candidate=_judged(said["candidate"]),
            against=_judged(said["against"]),
            verdict=Verdict(said["verdict"]),
            margin=margin,
            slices=tuple(dict(each) for each in said["critical_slices"]),
            inputs=None if schema == WITHOUT_INPUTS else _inputs(said),
            made_at=made_at.astimezone(UTC),
            content=content,
        )
    except (KeyError, TypeError, ValueError, AttributeError):
        raise GateRefused(
            "this is no record of a gate: name the file that `ringfence gate --out` wrote"
        ) from None


def envelope(content: JsonObject, key: Ed25519PrivateKey | None) -> JsonObject:
    """The record as it is kept: its content beside the signature, hexadecimal; None unsigned."""
    signature: Json = None if key is None else key.sign(_signed_bytes(content)).hex()
    return {"record": content, "signature": signature}


def load_record(path: Path, public_key: Ed25519PublicKey) -> GateRecord:
    """A record that this key has signed, as it stands. Raises GateRefused."""
    said = _read(path)
    content, signature = said.get("record"), said.get("signature")
    if not isinstance(content, dict):
        raise GateRefused(f"{path.name} is no record of a gate")
    if not isinstance(signature, str):
        raise GateRefused(
            f"{path.name} is not signed: run `ringfence gate` with the --state-dir of this cluster"
        )
    try:
        public_key.verify(bytes.fromhex(signature), _signed_bytes(content))
    except (InvalidSignature, ValueError):
        raise GateRefused(
            f"{path.name} is not signed with this cluster's audit key: somebody has changed it, or "
            "it was made elsewhere; run the gate again"
        ) from None
    return record_of(content)


def _read(path: Path) -> JsonObject:
    try:
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except OSError as error:
        said = error.strerror or type(error).__name__
        raise GateRefused(f"{path.name} cannot be read: {said}") from None
    try:
        found = json.loads(content) if len(content) <= MAX_BYTES else None
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise GateRefused(f"{path.name} is no record of a gate")
    return found


def _judged(said: Any) -> Judged:
    digest, meaning = said["digest"], said["meaning"]
    if not isinstance(digest, str) or not isinstance(meaning, str):
        raise ValueError("no digests")
    return Judged(digest, meaning)


def _inputs(said: Any) -> Inputs:
    traffic = None if said["traffic"] is None else _sha256(said["traffic"])
    return Inputs(traffic, frozenset(map(_sha256, said["golden"])))


def _sha256(file: Any) -> str:
    digest = file["sha256"]
    if not isinstance(digest, str):
        raise ValueError("no digest")
    return digest


def _signed_bytes(content: JsonObject) -> bytes:
    return _CONTEXT + canonical_json(content)
