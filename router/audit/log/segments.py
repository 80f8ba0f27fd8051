"""Segments: stretches of the log that lose their bodies together, and the acts that say so."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, select

from router.audit.log.columns import BLOCK_LEAVES
from router.audit.log.merkle import leaf_hash
from router.audit.log.tables import log_leaves, log_pruned
from router.audit.log.verify_read import read, stored
from router.audit.tables import audit_entries
from router.domain import JsonObject

PRUNED = "log.pruned"


@dataclass(frozen=True, slots=True)
class Segment:
    """Places from `first_seq` to before `end_seq`."""

    first_seq: int
    end_seq: int


@dataclass(frozen=True, slots=True)
class PrunedSegment:
    """`recorded` where an entry of the log says that it was pruned.

    `column_digests` are what that says of its entries' columns, a digest for each `block_leaves`
    places; there are none where an earlier release pruned it. `kept` are places that have their
    bodies still.
    """

    segment: Segment
    recorded: bool
    column_digests: tuple[str, ...] = ()
    block_leaves: int = BLOCK_LEAVES
    kept: tuple[int, ...] = ()


def pruned_details(
    segment: Segment, column_digests: Sequence[str], kept: Sequence[int]
) -> JsonObject:
    """What the act of pruning says; `pruned_segments` reads it."""
    return {
        "first_seq": segment.first_seq,
        "end_seq": segment.end_seq,
        "block_leaves": BLOCK_LEAVES,
        "columns_sha256": [*column_digests],
        "kept": [*kept],
    }


def pruned_segments(connection: Connection) -> Iterator[PrunedSegment]:
    """What is said to be pruned, in the order of places."""
    columns = [log_pruned.c.first_seq, log_pruned.c.end_seq]
    columns += [audit_entries.c.body, log_leaves.c.leaf_hash]
    statement = (
        select(*(stored(column) for column in columns))
        .select_from(log_pruned)
        .outerjoin(audit_entries, audit_entries.c.id == log_pruned.c.entry_id)
        .outerjoin(log_leaves, log_leaves.c.entry_id == log_pruned.c.entry_id)
        .order_by(log_pruned.c.first_seq)
    )
    for first, end, body, leaf in read(connection, statement):
        intact = isinstance(body, bytes) and leaf in (None, leaf_hash(body))
        yield _said(body, Segment(first, end)) if intact else _unsaid(Segment(first, end))


def free_segments(connection: Connection, segment_leaves: int, size: int) -> Iterator[Segment]:
    """Whole segments of a log of this size that are not pruned, in the order of places.

    Those that a hold has kept lie between pruned ones.
    """
    taken = select(log_pruned.c.first_seq, log_pruned.c.end_seq).order_by(log_pruned.c.first_seq)
    at = 0
    for first, end in [*connection.execute(taken), (size, size)]:
        while at + segment_leaves <= first:
            yield Segment(at, at + segment_leaves)
            at += segment_leaves
        at = end


def _said(body: bytes, segment: Segment) -> PrunedSegment:
    try:
        said = json.loads(body)
        details = said["details"]
        places = (details["first_seq"], details["end_seq"])
        if said["act"] != PRUNED or places != (segment.first_seq, segment.end_seq):
            return _unsaid(segment)
        digests = tuple(map(str, details.get("columns_sha256", ())))
        block_leaves = int(details.get("block_leaves", BLOCK_LEAVES))
        kept = tuple(map(int, details.get("kept", ())))
    except (AttributeError, LookupError, OverflowError, TypeError, ValueError):
        return _unsaid(segment)
    return PrunedSegment(segment, True, digests, max(block_leaves, 1), kept)


def _unsaid(segment: Segment) -> PrunedSegment:
    return PrunedSegment(segment, recorded=False)
