"""Pruning: bodies of old entries go, a sealed segment at a time; their hashes stay.

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
    limit: int = 1,
    segment_leaves: int = SEGMENT_LEAVES,
) -> int:
    """Empties up to `limit` segments, all of whose entries are from before `before_s`.

    Returns how many. A segment is sealed when a checkpoint covers it. What goes is the bodies of
    its entries, and the rows of `decisions` and `outcomes` that nothing proves any more; a decision
    whose outcome is in the next segment stays until that goes. Acts of pruning keep theirs: they
    are why the others are gone. Each segment is recorded as an act. One takes about a second, in
    which nothing else is written: for more of them, take more transactions.
    """
    size, _note = latest_checkpoint(connection)
    pruned = 0
    first = connection.execute(select(func.max(log_pruned.c.end_seq))).scalar() or 0
    while pruned < limit and first + segment_leaves <= size:
        segment = Segment(first, first + segment_leaves)
        youngest = _entries(segment).with_only_columns(func.max(audit_entries.c.recorded_at_s))
        if (connection.execute(youngest).scalar() or 0) >= before_s:
            break
        places: JsonObject = {"first_seq": segment.first_seq, "end_seq": segment.end_seq}
        entry_id = record_act(connection, Act(PRUNED, actor, reason, places), now_s)
        connection.execute(insert(log_pruned), [{**places, "entry_id": entry_id}])
        _empty(connection, segment)
        pruned += 1
        first = segment.end_seq
    return pruned


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
