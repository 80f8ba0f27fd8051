"""What there was when the log began: rows of requests, from before it, that have no entry."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, Select, Table, and_, exists, func, insert, select

from router.accounts.people.actor import CLUSTER
from router.audit.acts import Act, record_act
from router.audit.entries import EntryKind
from router.audit.log.columns import row_line
from router.audit.log.tables import log_beginning
from router.audit.log.verify_read import read, stored
from router.audit.tables import audit_entries, decisions, outcomes
from router.domain import Json, JsonObject

BEGAN = "log.began"
ROWS = {EntryKind.DECISION.value: decisions, EntryKind.OUTCOME.value: outcomes}
_PAGE = 2_048
_BEGINNING_ID = 1


@dataclass(frozen=True, slots=True)
class Unlogged:
    """`count` rows without an entry; `sha256` is over those of their columns that are named."""

    count: int
    sha256: str


def begin_log(connection: Connection, now_s: float) -> bool:
    """Records what there is that no entry vouches for, as an act, once; says whether this was it.

    Rows that join them later, with whatever date, are not what the act says (`verify_rows.py`).
    Takes as long as reading those rows.
    """
    if connection.execute(select(log_beginning.c.id)).first() is not None:
        return False
    first_s = connection.scalar(select(func.min(audit_entries.c.recorded_at_s)))
    details: JsonObject = {"before_s": first_s}
    for kind, table in ROWS.items():
        names = [column.name for column in table.c]
        found = unlogged(connection, kind, names, first_s)
        columns: list[Json] = [*names]
        details[table.name] = {"count": found.count, "columns": columns, "sha256": found.sha256}
    entry_id = record_act(connection, Act(BEGAN, CLUSTER, details=details), now_s)
    connection.execute(insert(log_beginning), [{"id": _BEGINNING_ID, "entry_id": entry_id}])
    return True


def has_no_entry(kind: str, table: Table) -> ColumnElement[bool]:
    same = and_(audit_entries.c.request_id == table.c.request_id, audit_entries.c.kind == kind)
    return ~exists().where(same)


def decided_before(before_s: float | None) -> Select[tuple[str]]:
    """Ids of requests that were decided before `before_s`, or at any time that is one."""
    # By the decision: its time has an index.
    latest_s = math.inf if before_s is None else before_s
    return select(decisions.c.request_id).where(decisions.c.recorded_at_s < latest_s)


def unlogged(
    connection: Connection, kind: str, names: Sequence[str], before_s: float | None
) -> Unlogged:
    """Of this kind's rows from before `before_s`, or of all, those that have no entry."""
    table = ROWS[kind]
    page = (
        select(stored(table.c.request_id), *(stored(table.c[name]) for name in names))
        .where(has_no_entry(kind, table), table.c.request_id.in_(decided_before(before_s)))
        .order_by(table.c.request_id)
        .limit(_PAGE)
    )
    digest, count, after = hashlib.sha256(), 0, None
    while True:
        rows = read(connection, page if after is None else page.where(table.c.request_id > after))
        for row in rows:
            digest.update(row_line(row))
        count += len(rows)
        last = rows[-1][0] if rows else None
        # An id that is not text would bring the same page again.
        if len(rows) < _PAGE or not isinstance(last, str) or (after is not None and last <= after):
            return Unlogged(count, digest.hexdigest())
        after = last
