"""Proofs that a request's record is in the log, and that a log only ever grew."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, RowMapping, select

from router.audit.log.stored_tree import StoredTree
from router.audit.log.tables import log_checkpoints, log_leaves
from router.audit.tables import audit_entries
from router.errors import RecordNotFound

ENTRIES = (
    select(
        log_leaves.c.seq,
        audit_entries.c.id.label("entry_id"),
        audit_entries.c.kind,
        audit_entries.c.request_id,
        audit_entries.c.body,
        log_leaves.c.leaf_hash,
    )
    .select_from(audit_entries)
    .outerjoin(log_leaves, log_leaves.c.entry_id == audit_entries.c.id)
    .order_by(log_leaves.c.seq)
)


@dataclass(frozen=True, slots=True)
class ProvenEntry:
    """An entry at its place, and the hashes that lead from it to the checkpoint's root.

    `body` are the entry's exact bytes; None where they have been pruned, and `leaf_hash` stays.
    """

    seq: int
    entry_id: str
    kind: str
    request_id: str | None
    body: bytes | None
    leaf_hash: bytes
    inclusion: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class RequestProof:
    """`waiting` are the kinds of entries that no checkpoint covers yet: those take a minute.

    `note` is the latest checkpoint, None where there is none.
    """

    request_id: str
    note: str | None
    entries: tuple[ProvenEntry, ...]
    waiting: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ConsistencyProof:
    """That the log of `new_size` begins with the whole log of `old_size`."""

    old_size: int
    old_root: bytes
    new_size: int
    new_root: bytes
    proof: tuple[bytes, ...]


def prove(connection: Connection, request_id: str) -> RequestProof:
    """The request's decision and outcome, each with its proof against the latest checkpoint.

    Raises RecordNotFound where the log has nothing of such a request; LogBroken.
    """
    mine = ENTRIES.where(audit_entries.c.request_id == request_id)
    mine = mine.order_by(None).order_by(audit_entries.c.kind)  # "decision" comes first
    entries = connection.execute(mine).mappings().all()
    if not entries:
        raise RecordNotFound("There is no entry of a request of this id.")
    size, note = latest_checkpoint(connection)
    tree = StoredTree(connection)
    covered = [row for row in entries if row["seq"] is not None and row["seq"] < size]
    return RequestProof(
        request_id,
        note,
        tuple(proven(row, tree, size) for row in covered),
        tuple(row["kind"] for row in entries if row not in covered),
    )


def proven(row: RowMapping, tree: StoredTree, size: int) -> ProvenEntry:
    """A row of `ENTRIES` with its proof against the log of this size."""
    return ProvenEntry(
        seq=row["seq"],
        entry_id=row["entry_id"],
        kind=row["kind"],
        request_id=row["request_id"],
        body=row["body"],
        leaf_hash=row["leaf_hash"],
        inclusion=tree.inclusion(row["seq"], size),
    )


def consistency(connection: Connection, old_size: int, new_size: int) -> ConsistencyProof:
    """Raises ValueError unless 0 <= old_size <= new_size <= the log's own; LogBroken."""
    if new_size > (size := _sequenced(connection)):
        raise ValueError(f"the log has {size} entries, not {new_size}")
    tree = StoredTree(connection)
    proof = tree.consistency(old_size, new_size)
    return ConsistencyProof(old_size, tree.root(old_size), new_size, tree.root(new_size), proof)


def latest_checkpoint(connection: Connection) -> tuple[int, str | None]:
    """Size and note; of a log in which nothing is signed yet, 0 and None."""
    statement = select(log_checkpoints.c.size, log_checkpoints.c.note)
    row = connection.execute(statement.order_by(log_checkpoints.c.size.desc()).limit(1)).first()
    return (0, None) if row is None else (row.size, row.note)


def _sequenced(connection: Connection) -> int:
    last = select(log_leaves.c.seq).order_by(log_leaves.c.seq.desc()).limit(1)
    seq: int | None = connection.execute(last).scalar()
    return 0 if seq is None else seq + 1
