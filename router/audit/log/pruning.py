"""Pruning: bodies of old entries go, one sealed segment after the other; their hashes stay.

So the log still proves what was in it to whoever has kept a copy, and nothing else is lost.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import Connection, Select, delete, func, insert, select, update

from router.audit.acts import Act, record_act
from router.audit.entries import EntryKind
from router.audit.log.merkle import leaf_hash
from router.audit.log.prove import latest_checkpoint
from router.audit.log.tables import log_leaves, log_pruned
from router.audit.log.verify_read import read, stored
from router.audit.tables import audit_entries, decisions, outcomes
from router.domain import JsonObject

SEGMENT_LEAVES = 65_536
BATCH = 4_096
PRUNED = "log.pruned"


@dataclass(frozen=True, slots=True)
class Segment:
    """Places from `first_seq` to before `end_seq`."""

    first_seq: int
    end_seq: int


def prune_segments(
    connection: Connection,
    before_s: float,
    *,
    now_s: float,
    actor: str,
    reason: str,
    segment_leaves: int = SEGMENT_LEAVES,
    batch: int = BATCH,
) -> int:
    """One step: takes the bodies of up to `batch` places; returns of how many, 0 when it is done.

    A segment goes when a checkpoint covers it and all of its entries are from before `before_s`;
    it is recorded as an act, and then emptied in as many steps as it takes, each a transaction of
    its own, for others write meanwhile. With the bodies go the rows of `decisions` and `outcomes`
    that nothing proves any more: a decision whose outcome is still there stays until that goes.
    Acts of pruning keep their bodies: they are why the others are gone.
    """
    last = connection.execute(
        select(log_pruned.c.first_seq, log_pruned.c.end_seq).order_by(log_pruned.c.first_seq.desc())
    ).first()
    segment = Segment(0, 0) if last is None else Segment(*last)
    start = _first_with_body(connection, segment)
    if start is None:
        segment = Segment(segment.end_seq, segment.end_seq + segment_leaves)
        if not _may_go(connection, segment, before_s):
            return 0
        places: JsonObject = {"first_seq": segment.first_seq, "end_seq": segment.end_seq}
        entry_id = record_act(connection, Act(PRUNED, actor, reason, places), now_s)
        connection.execute(insert(log_pruned), [{**places, "entry_id": entry_id}])
        start = segment.first_seq
    end = min(start + batch, segment.end_seq)
    _empty(connection, Segment(start, end))
    return end - start


def recorded_segments(connection: Connection) -> Iterator[tuple[Segment, bool]]:
    """What is said to be pruned, and whether an entry of the log says so, too."""
    columns = [*log_pruned.c, audit_entries.c.body, log_leaves.c.leaf_hash]
    statement = (
        select(*(stored(column) for column in columns))
        .select_from(log_pruned)
        .outerjoin(audit_entries, audit_entries.c.id == log_pruned.c.entry_id)
        .outerjoin(log_leaves, log_leaves.c.entry_id == log_pruned.c.entry_id)
        .order_by(log_pruned.c.first_seq)
    )
    for first, end, _entry_id, body, leaf in read(connection, statement):
        intact = isinstance(body, bytes) and leaf in (None, leaf_hash(body))
        yield Segment(first, end), intact and _says(body, first, end)


def _says(body: bytes, first: int, end: int) -> bool:
    try:
        said = json.loads(body)
    except ValueError:
        return False
    places = {"first_seq": first, "end_seq": end}
    return isinstance(said, dict) and (said.get("act"), said.get("details")) == (PRUNED, places)


def _may_go(connection: Connection, segment: Segment, before_s: float) -> bool:
    size, _note = latest_checkpoint(connection)
    if segment.end_seq > size:
        return False
    youngest = _entries(segment).with_only_columns(func.max(audit_entries.c.recorded_at_s))
    return bool(connection.execute(youngest).scalar_one() < before_s)


def _first_with_body(connection: Connection, segment: Segment) -> int | None:
    first = _entries(segment).with_only_columns(func.min(log_leaves.c.seq))
    acts = select(log_pruned.c.entry_id)
    first = first.where(audit_entries.c.body.is_not(None), audit_entries.c.id.not_in(acts))
    return connection.execute(first).scalar()


def _entries(segment: Segment) -> Select[tuple[str]]:
    return (
        select(audit_entries.c.id)
        .join(log_leaves, log_leaves.c.entry_id == audit_entries.c.id)
        .where(log_leaves.c.seq >= segment.first_seq, log_leaves.c.seq < segment.end_seq)
    )


def _empty(connection: Connection, segment: Segment) -> None:
    acts = select(log_pruned.c.entry_id)
    connection.execute(
        update(audit_entries)
        .where(audit_entries.c.id.in_(_entries(segment)), audit_entries.c.id.not_in(acts))
        .values(body=None)
    )
    requests = _entries(segment).with_only_columns(audit_entries.c.request_id)
    requests = requests.where(audit_entries.c.request_id.is_not(None))
    finished = requests.where(audit_entries.c.kind == EntryKind.OUTCOME.value)
    connection.execute(delete(outcomes).where(outcomes.c.request_id.in_(finished)))
    kept = select(audit_entries.c.request_id).where(
        audit_entries.c.request_id == decisions.c.request_id, audit_entries.c.body.is_not(None)
    )
    connection.execute(
        delete(decisions).where(decisions.c.request_id.in_(requests), ~kept.exists())
    )
