"""Pruning: bodies of old entries go, one sealed segment after the other; their hashes stay.

So the log still proves what was in it to whoever has kept a copy, and nothing else is lost.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from sqlalchemy import (
    CompoundSelect,
    Connection,
    Select,
    delete,
    func,
    insert,
    select,
    union_all,
    update,
)

from router.audit.acts import Act, record_act
from router.audit.entries import EntryKind
from router.audit.log.columns import column_digests
from router.audit.log.held import any_hold, is_held
from router.audit.log.prove import latest_checkpoint
from router.audit.log.segments import PRUNED, Segment, free_segments, pruned_details
from router.audit.log.tables import log_beginning, log_leaves, log_pruned
from router.audit.tables import audit_entries, decisions, outcomes

SEGMENT_LEAVES = 65_536
BATCH = 4_096


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

    A segment goes when a checkpoint covers it, all of its entries are from before `before_s`, and
    no hold covers any of them; those after it do not wait for one that is held. It is recorded as
    an act, with a digest over the columns that are left of its entries, and then emptied in as many
    steps as it takes, each a transaction of its own, for others write meanwhile. With the bodies go
    the rows of `decisions` and `outcomes` that nothing proves any more: a decision whose outcome is
    still there stays until that goes. Acts of pruning and of the log's beginning keep their bodies:
    they are why others are gone, or were never there.
    """
    begun = _begun(connection)
    if begun is None:
        segment = _due(connection, before_s, segment_leaves)
        if segment is None:
            return 0
        _begin(connection, segment, Act(PRUNED, actor, reason), now_s)
        begun = segment, segment.first_seq
    segment, start = begun
    end = min(start + batch, segment.end_seq)
    _empty(connection, Segment(start, end))
    if end == segment.end_seq:
        _done(connection, segment)
    return end - start


def _begun(connection: Connection) -> tuple[Segment, int] | None:
    """The segment that was begun and is not empty yet, and the first place to go on from."""
    rows = select(log_pruned.c.first_seq, log_pruned.c.end_seq).where(~log_pruned.c.emptied)
    for first, end in connection.execute(rows.order_by(log_pruned.c.first_seq)).all():
        segment = Segment(first, end)
        start = _first_with_body(connection, segment)
        if start is not None:
            return segment, start
        _done(connection, segment)
    return None


def _due(connection: Connection, before_s: float, segment_leaves: int) -> Segment | None:
    size, _note = latest_checkpoint(connection)
    holds = any_hold(connection)
    for segment in free_segments(connection, segment_leaves, size):
        youngest = _entries(segment).with_only_columns(func.max(audit_entries.c.recorded_at_s))
        if connection.execute(youngest).scalar_one() >= before_s:
            return None  # and so are those after it
        if not (holds and is_held(connection, segment.first_seq, segment.end_seq)):
            return segment
    return None


def _begin(connection: Connection, segment: Segment, act: Act, now_s: float) -> None:
    digests = [*column_digests(connection, segment.first_seq, segment.end_seq)]
    kept = _places(segment).where(audit_entries.c.id.in_(_kept())).order_by(log_leaves.c.seq)
    places = connection.scalars(kept).all()
    said = replace(act, details=pruned_details(segment, digests, places))
    entry_id = record_act(connection, said, now_s)
    row = {"first_seq": segment.first_seq, "end_seq": segment.end_seq, "entry_id": entry_id}
    connection.execute(insert(log_pruned), [row])


def _done(connection: Connection, segment: Segment) -> None:
    mine = log_pruned.c.first_seq == segment.first_seq
    connection.execute(update(log_pruned).where(mine).values(emptied=True))


def _first_with_body(connection: Connection, segment: Segment) -> int | None:
    first = _places(segment).with_only_columns(func.min(log_leaves.c.seq))
    first = first.where(audit_entries.c.body.is_not(None), audit_entries.c.id.not_in(_kept()))
    return connection.execute(first).scalar()


def _entries(segment: Segment) -> Select[tuple[str]]:
    return (
        select(audit_entries.c.id)
        .join(log_leaves, log_leaves.c.entry_id == audit_entries.c.id)
        .where(log_leaves.c.seq >= segment.first_seq, log_leaves.c.seq < segment.end_seq)
    )


def _places(segment: Segment) -> Select[Any]:
    return _entries(segment).with_only_columns(log_leaves.c.seq)


def _kept() -> CompoundSelect[tuple[str]]:
    return union_all(select(log_pruned.c.entry_id), select(log_beginning.c.entry_id))


def _empty(connection: Connection, segment: Segment) -> None:
    connection.execute(
        update(audit_entries)
        .where(audit_entries.c.id.in_(_entries(segment)), audit_entries.c.id.not_in(_kept()))
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
