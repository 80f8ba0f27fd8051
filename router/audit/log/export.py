"""Bundles: entries with their proofs in one file, for somebody who trusts nothing but the key.

A bundle is a JSON object, `deploy/verify_bundle.py` its reader. All bytes are base64.

    format        "ringfence-audit-bundle"
    schema        1
    public_key    the log's Ed25519 key, 32 bytes; to be compared with one got in another way
    checkpoint    the signed note that every proof is against
    earlier       [{note, consistency}]: the first checkpoints that covered the first and the last
                  of the entries, and the proof that the checkpoint's log begins with theirs. They
                  say by when an entry was in the log
    entries       [{seq, body, leaf_hash, inclusion}]; body, the entry's exact bytes, is null where
                  it was pruned
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import IO

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from sqlalchemy import ColumnElement, Connection, func, select

from router.audit.log.checkpoint import Checkpoint, parse_note
from router.audit.log.prove import ENTRIES, ProvenEntry, latest_checkpoint, proven
from router.audit.log.stored_tree import StoredTree
from router.audit.log.tables import log_checkpoints, log_leaves
from router.audit.tables import audit_entries
from router.domain import JsonObject
from router.errors import RecordNotFound

FORMAT = "ringfence-audit-bundle"
SCHEMA = 1
_PAGE = 1_024


@dataclass(frozen=True, slots=True)
class Selection:
    """Which entries: those of one request, or those recorded from `from_s` to before `to_s`."""

    request_id: str | None = None
    from_s: float | None = None
    to_s: float | None = None

    def matches(self) -> list[ColumnElement[bool]]:
        table = audit_entries.c
        found = []
        if self.request_id is not None:
            found.append(table.request_id == self.request_id)
        if self.from_s is not None:
            found.append(table.recorded_at_s >= self.from_s)
        if self.to_s is not None:
            found.append(table.recorded_at_s < self.to_s)
        return found


def write_bundle(
    connection: Connection, public_key: Ed25519PublicKey, selection: Selection, file: IO[str]
) -> int:
    """Writes a bundle of what the latest checkpoint covers; returns the number of entries.

    Memory is flat, however many there are. Raises RecordNotFound where there are none, before
    anything is written; BadNote and LogBroken where the log is not one to prove from.
    """
    size, note = latest_checkpoint(connection)
    covered = [log_leaves.c.seq < size, *selection.matches()]
    ends = select(func.min(log_leaves.c.seq), func.max(log_leaves.c.seq))
    ends = ends.join(audit_entries, audit_entries.c.id == log_leaves.c.entry_id).where(*covered)
    first, last = connection.execute(ends).one()
    if note is None or first is None:
        raise RecordNotFound("No signed checkpoint covers an entry like that.")
    checkpoint = parse_note(note, public_key)
    tree = StoredTree(connection)
    head: JsonObject = {
        "format": FORMAT,
        "schema": SCHEMA,
        "public_key": _base64(public_key.public_bytes(Encoding.Raw, PublicFormat.Raw)),
        "checkpoint": note,
        "earlier": list(_earlier(connection, tree, checkpoint, (first, last))),
    }
    # The last member is written an entry a line: a bundle can be larger than memory.
    file.write(json.dumps(head, indent=1).removesuffix("\n}") + ',\n "entries": [')
    count = 0
    for entry in _entries(connection, covered, size):
        file.write(("," if count else "") + "\n  " + json.dumps(_exported(entry)))
        count += 1
    file.write("\n ]\n}\n")
    return count


def uncovered(connection: Connection, selection: Selection) -> int:
    """How many entries like that no signed checkpoint covers yet, so that no bundle has them."""
    size, _note = latest_checkpoint(connection)
    known = audit_entries.outerjoin(log_leaves, log_leaves.c.entry_id == audit_entries.c.id)
    covered = func.coalesce(log_leaves.c.seq < size, False)
    waiting = select(func.count()).select_from(known).where(~covered, *selection.matches())
    return connection.execute(waiting).scalar_one()


def _entries(
    connection: Connection, covered: Sequence[ColumnElement[bool]], size: int
) -> Iterator[ProvenEntry]:
    after = -1
    while True:
        page = ENTRIES.where(*covered, log_leaves.c.seq > after).limit(_PAGE)
        rows = connection.execute(page).mappings().all()
        if not rows:
            return
        tree = StoredTree(connection)
        for row in rows:
            yield proven(row, tree, size)
        after = rows[-1]["seq"]


def _earlier(
    connection: Connection, tree: StoredTree, checkpoint: Checkpoint, places: Sequence[int]
) -> Iterator[JsonObject]:
    size = log_checkpoints.c.size
    seen: set[int] = {checkpoint.size}
    for seq in places:
        covering = select(size, log_checkpoints.c.note).where(size > seq).order_by(size).limit(1)
        row = connection.execute(covering).one()
        if row.size not in seen:
            seen.add(row.size)
            proof = tree.consistency(row.size, checkpoint.size)
            yield {"note": row.note, "consistency": [_base64(each) for each in proof]}


def _exported(entry: ProvenEntry) -> JsonObject:
    return {
        "seq": entry.seq,
        "body": None if entry.body is None else _base64(entry.body),
        "leaf_hash": _base64(entry.leaf_hash),
        "inclusion": [_base64(each) for each in entry.inclusion],
    }


def _base64(value: bytes) -> str:
    return base64.b64encode(value).decode()
