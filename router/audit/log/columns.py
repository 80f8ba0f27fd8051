"""Digests over the columns of entries: what is left to compare them with once bodies are gone."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence

from sqlalchemy import Connection, bindparam, select

from router.audit.log.tables import log_leaves
from router.audit.log.verify_read import Row, read, stored
from router.audit.tables import audit_entries

BLOCK_LEAVES = 1_024
"""Places under one digest: a column that is changed later is one of so many entries."""

_ENCODER = json.JSONEncoder(separators=(",", ":"), default=repr)
_NAMES = ("id", "kind", "request_id", "recorded_at_s")
_COLUMNS = (
    select(stored(log_leaves.c.seq), *(stored(audit_entries.c[name]) for name in _NAMES))
    .select_from(log_leaves)
    .outerjoin(audit_entries, audit_entries.c.id == log_leaves.c.entry_id)
    .where(log_leaves.c.seq >= bindparam("first"), log_leaves.c.seq < bindparam("end"))
    .order_by(log_leaves.c.seq)
)


def column_digests(
    connection: Connection, first_seq: int, end_seq: int, block_leaves: int = BLOCK_LEAVES
) -> Iterator[str]:
    """One for each `block_leaves` places from `first_seq` to before `end_seq`, in hex."""
    for first in range(first_seq, end_seq, block_leaves):
        end = min(first + block_leaves, end_seq)
        yield rows_digest(read(connection, _COLUMNS, {"first": first, "end": end}))


def rows_digest(rows: Sequence[Row]) -> str:
    """SHA-256, in hex, over a line for each row: its values as a JSON array."""
    digest = hashlib.sha256()
    for row in rows:
        digest.update(row_line(row))
    return digest.hexdigest()


def row_line(row: Row) -> bytes:
    """What is no JSON, such as bytes where text should be, is written as Python shows it."""
    return _ENCODER.encode([*row]).encode() + b"\n"
