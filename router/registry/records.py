"""Benchmark records that models.yaml refers to: there, what was meant, and readable."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from router.domain import JsonObject
from router.registry.card import RecordReference

MAX_RECORD_BYTES = 64 * 1024 * 1024


class RecordProblem(ValueError):
    """A record that cannot be referred to; `cure` says what to do about it."""

    def __init__(self, problem: str, cure: str) -> None:
        super().__init__(problem)
        self.cure = cure


def file_digest(path: Path) -> str:
    """64 hex digits of sha256. Raises RecordProblem for what cannot be read."""
    return hashlib.sha256(_content(path)).hexdigest()


def read_record(path: Path) -> tuple[JsonObject, str]:
    """A record and the sha256 of its file, from one reading. Raises RecordProblem."""
    content = _content(path)
    try:
        record = json.loads(content)
    except (ValueError, RecursionError):
        record = None
    if not isinstance(record, dict):
        raise RecordProblem(f"{path.name} is not a JSON object", "name a record of a benchmark")
    return record, hashlib.sha256(content).hexdigest()


def read_referenced(reference: RecordReference) -> JsonObject:
    """The record that a reference means. Raises RecordProblem where it is not that any more."""
    record, sha256 = read_record(reference.path)
    if sha256 != reference.sha256:
        raise RecordProblem(
            f"{reference.path.name} is not the record that was meant: its sha256 is {sha256}",
            "review the record, and write its digest; or put back the one that was meant",
        )
    return record


def _content(path: Path) -> bytes:
    cure = "name a record that is there, from where models.yaml lies"
    try:
        if not path.is_file():
            raise RecordProblem(f"there is no record {path.name}", cure)
        if path.stat().st_size > MAX_RECORD_BYTES:
            raise RecordProblem(f"{path.name} is over {MAX_RECORD_BYTES} bytes", cure)
        return path.read_bytes()
    except OSError as error:
        said = error.strerror or type(error).__name__
        raise RecordProblem(f"{path.name} cannot be read: {said}", cure) from None
