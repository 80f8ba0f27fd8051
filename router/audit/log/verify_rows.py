"""Rows of `decisions` and `outcomes` that no entry vouches for: from before the log, or slipped in.

What is compared with its entry is left to `verify_entries.py`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, Table, and_, exists, func, select

from router.audit.log.beginning import (
    BEGAN,
    ROWS,
    Unlogged,
    decided_before,
    has_no_entry,
    unlogged,
)
from router.audit.log.faults import MAX_LISTED, Faults
from router.audit.log.tables import log_leaves, log_pruned
from router.audit.log.verify_read import Row, read, stored
from router.audit.tables import audit_entries, decisions

_SAID = "it has no entry"
_PRUNED = "its entry was pruned, and the row with it"


@dataclass(frozen=True, slots=True)
class Beginning:
    """An act that says that the log began; `details` are whatever it says."""

    seq: int | None
    entry_id: str
    details: Mapping[str, Any]

    def of_table(self, name: str) -> tuple[Unlogged, list[str]]:
        """What there was, and the columns that were looked at. Raises where it does not say."""
        said = self.details[name]
        return Unlogged(int(said["count"]), str(said["sha256"])), [*map(str, said["columns"])]

    @property
    def before_s(self) -> float | None:
        said = self.details["before_s"]
        return None if said is None else float(said)


def beginning_of(row: Row, said: Mapping[str, Any]) -> Beginning | None:
    """The act that a row of `verify_entries.logged` is, if its entry says that the log began."""
    if said.get("act") != BEGAN or said.get("kind") != "act":
        return None
    details = said.get("details")
    return Beginning(row[0], row[3], details if isinstance(details, dict) else {})


def check_rows(connection: Connection, faults: Faults, beginnings: Sequence[Beginning]) -> int:
    """Names rows that were slipped in; counts those from before the log.

    Once the log says what there was when it began, that is all there may be, whatever a row's date.
    """
    for again in beginnings[1:]:
        where = "waiting" if again.seq is None else f"place {again.seq}"
        faults.add(where, "the log had begun before", seq=again.seq, entry_id=again.entry_id)
    for kind in ROWS:
        _name_pruned(connection, faults, kind)
    if not beginnings:
        return sum(_undated(connection, faults, kind) for kind in ROWS)
    try:
        return sum(_held_to(connection, faults, kind, beginnings[0]) for kind in ROWS)
    except (LookupError, OverflowError, TypeError, ValueError):
        faults.add(
            "the log's beginning",
            "its act does not say what there was",
            seq=beginnings[0].seq,
            entry_id=beginnings[0].entry_id,
        )
        return 0


def _name_pruned(connection: Connection, faults: Faults, kind: str) -> None:
    """Pruning takes the row with the body: but that of a decision whose outcome still has one."""
    table = ROWS[kind]
    entry, other = audit_entries.c, audit_entries.alias()
    within = and_(
        log_leaves.c.seq >= log_pruned.c.first_seq, log_leaves.c.seq < log_pruned.c.end_seq
    )
    source = (
        log_pruned.join(log_leaves, within)
        .join(audit_entries, entry.id == log_leaves.c.entry_id)
        .join(table, table.c.request_id == entry.request_id)
    )
    rows = (
        select(stored(table.c.request_id))
        .select_from(source)
        .where(entry.kind == kind, entry.body.is_(None))
        .limit(MAX_LISTED)
    )
    if table is decisions:
        body = and_(other.c.request_id == entry.request_id, other.c.body.is_not(None))
        rows = rows.where(~exists().where(body))
    _add(connection, faults, table, rows, _PRUNED)


def _held_to(connection: Connection, faults: Faults, kind: str, beginning: Beginning) -> int:
    table = ROWS[kind]
    said, names = beginning.of_table(table.name)
    unknown = has_no_entry(kind, table)
    if not _count(connection, table, unknown) and not said.count:
        return 0
    if not said.count:
        _name(connection, faults, table, unknown)
        return 0
    found = unlogged(
        connection, kind, [name for name in names if name in table.c], beginning.before_s
    )
    if found != said:
        faults.add(
            f"rows in {table.name}",
            f"{found.count} are from before the log; {said.count} were there when it began"
            + ("" if found.count != said.count else ", and they were others"),
        )
    decided = decided_before(beginning.before_s)
    _name(connection, faults, table, unknown, table.c.request_id.not_in(decided))
    return found.count


def _undated(connection: Connection, faults: Faults, kind: str) -> int:
    """Where nothing says yet what there was, rows are believed that are older than all entries."""
    table = ROWS[kind]
    began_s = select(func.min(audit_entries.c.recorded_at_s)).scalar_subquery()
    unknown = has_no_entry(kind, table)
    late = func.coalesce(table.c.recorded_at_s >= began_s, False)
    if not (total := _count(connection, table, unknown)):
        return 0
    wrong = _count(connection, table, unknown, late)
    if wrong:
        _name(connection, faults, table, unknown, late)
    return total - wrong


def _count(connection: Connection, table: Table, *which: ColumnElement[bool]) -> int:
    counted = select(func.count()).select_from(table).where(*which)
    return int(read(connection, counted)[0][0])


def _name(
    connection: Connection, faults: Faults, table: Table, *which: ColumnElement[bool]
) -> None:
    rows = select(stored(table.c.request_id)).where(*which).limit(MAX_LISTED)
    _add(connection, faults, table, rows, _SAID)


def _add(
    connection: Connection, faults: Faults, table: Table, rows: Select[Any], problem: str
) -> None:
    for (request_id,) in read(connection, rows):
        faults.add(f"row in {table.name}", problem, request_id=request_id)
