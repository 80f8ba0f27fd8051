"""Entries against their leaves, and against the rows that say the same in columns."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import lru_cache
from operator import itemgetter
from typing import Any

from pydantic_core import from_json
from sqlalchemy import (
    JSON,
    ColumnElement,
    Connection,
    FromClause,
    Select,
    Table,
    and_,
    bindparam,
    null,
    select,
)

from router.audit.log.beginning import ROWS
from router.audit.log.faults import Faults
from router.audit.log.merkle import leaf_hash
from router.audit.log.tables import log_leaves
from router.audit.log.verify_moves import MoveCheck
from router.audit.log.verify_read import Row, read, stored
from router.audit.log.verify_rows import Beginning, beginning_of
from router.audit.tables import audit_entries, audit_pending

PAGE = 2_048
_CACHED_TEXTS = 4_096
_SAID = ("entry", "kind", "request_id", "recorded_at_s")
_ENTRY = slice(3, 7)
_ENTRY_END = 8
_NOT_JSON = object()


class EntryCheck:
    """Holds each entry's body to its leaf's hash, to its own columns, and to its row.

    `beginnings` are the acts among them that say that the log began; those about moves of models
    are told to `moves`.
    """

    def __init__(self, faults: Faults, moves: MoveCheck) -> None:
        self._faults = faults
        self._moves = moves
        self.beginnings: list[Beginning] = []
        # Lists of models and of reasons are the same in most rows.
        self._parsed = lru_cache(_CACHED_TEXTS)(_parsed)
        self._rows: dict[object, _Columns] = {}
        start = _ENTRY_END
        for kind, table in ROWS.items():
            self._rows[kind] = _Columns(table, start)
            start += len(table.c)

    def check(self, row: Row) -> bool:
        """Whether a row of `logged` or `waiting` is in order; says what is not, with its place.

        Of an entry with a place, a body that is gone is for others to judge: that counts as in
        order.
        """
        leaf, entry_id, body = row[2], row[3], row[7]
        if isinstance(body, bytes) and (leaf is None or leaf_hash(body) == leaf):
            try:
                said = _object(body)
            except ValueError:
                return self._wrong(row, "the entry is not JSON")
            if self._agrees(row, said):
                return True
            if beginning := beginning_of(row, said):
                self.beginnings.append(beginning)
            self._moves.add(row[0], row[1], said)
            return self._differs(row, said)
        if entry_id is None:
            return self._wrong(row, "there is no such entry")
        if body is None and leaf is None:
            return self._wrong(row, "its body is gone before it had a place")
        if body is None:
            return True
        return self._wrong(row, "the entry is not the one that was logged: its hash is another")

    def _agrees(self, row: Row, said: dict[str, Any]) -> bool:
        """Nearly every row's way: all columns at once."""
        columns = self._rows.get(row[4])
        if columns is None:
            return False
        try:
            return bool(
                columns.entry(said) == row[_ENTRY]
                and columns.plain(said) == row[columns.plain_at]
                and columns.json(said) == tuple(map(self._parsed, row[columns.json_at]))
            )
        except (KeyError, TypeError, ValueError):
            return False

    def _differs(self, row: Row, said: dict[str, Any]) -> bool:
        """Column by column: names those that differ, and returns whether there are none."""
        fine = True
        for name, value in zip(_SAID, row[_ENTRY], strict=True):
            if said.get(name) != value:
                fine = self._wrong(row, f"audit_entries and the entry itself differ in {name}")
        columns = self._rows.get(row[4])
        if columns is None or said.get("kind") != row[4]:
            return fine
        values = row[columns.plain_at] + row[columns.json_at]
        if all(value is None for value in values):
            return self._wrong(row, f"it has no row in {columns.table}")
        for number, (name, value) in enumerate(zip(columns.names, values, strict=True)):
            # An entry of an older release lacks what columns have been added for since.
            stored_value = value if number < columns.plain_count else self._value(value)
            if name in said and said[name] != stored_value:
                fine = self._wrong(row, f"{columns.table} and the entry differ in {name}")
        return fine

    def _value(self, text: str) -> object:
        """JSON as it was stored; what is none equals nothing that an entry says."""
        try:
            return self._parsed(text)
        except (TypeError, ValueError):
            return _NOT_JSON

    def _wrong(self, row: Row, problem: str) -> bool:
        seq = row[0]
        where = "waiting" if seq is None else f"place {seq}"
        self._faults.add(where, problem, seq=seq, entry_id=row[1], request_id=row[5])
        return False


class _Columns:
    """Where in a row of `logged` the columns of one table are: plain ones first, then JSON."""

    def __init__(self, table: Table, start: int) -> None:
        plain = [column.name for column in table.c if not isinstance(column.type, JSON)]
        texts = [column.name for column in table.c if isinstance(column.type, JSON)]
        self.table = table.name
        self.names = plain + texts
        self.plain_count = len(plain)
        self.plain_at = slice(start, start + len(plain))
        self.json_at = slice(start + len(plain), start + len(self.names))
        self.entry: Callable[[dict[str, Any]], Any] = itemgetter(*_SAID)
        self.plain: Callable[[dict[str, Any]], Any] = itemgetter(*plain)
        self.json: Callable[[dict[str, Any]], Any] = itemgetter(*texts)


def _parsed(text: str | bytes) -> Any:
    """Raises ValueError, and TypeError for what is no text."""
    try:
        return from_json(text)  # in half the time of json.loads, which is most of verifying
    except ValueError:
        return json.loads(text)  # takes the lone surrogates that clients can send


def _object(body: bytes) -> dict[str, Any]:
    said = _parsed(body)
    if not isinstance(said, dict):
        raise ValueError("not an object")
    return said


def logged(connection: Connection, after_seq: int, size: int) -> list[Row]:
    """The next page of leaves below `size`: place, entry's id, hash; the entry; its two rows."""
    return read(connection, _LOGGED, {"after": after_seq, "size": size})


def waiting(connection: Connection, after_id: str) -> list[Row]:
    """The next page of entries without a place, in the form of `logged`."""
    return read(connection, _WAITING, {"after": after_id})


def _with_entries(
    leaf: list[Any], source: FromClause, entry_id: ColumnElement[str], key: ColumnElement[Any]
) -> Select[Any]:
    names = ("id", "kind", "request_id", "recorded_at_s", "body")
    columns = [*leaf, *(stored(audit_entries.c[name]) for name in names)]
    source = source.outerjoin(audit_entries, audit_entries.c.id == entry_id)
    for kind, table in ROWS.items():
        columns += [stored(table.c[name]) for name in _Columns(table, 0).names]
        same = table.c.request_id == audit_entries.c.request_id
        source = source.outerjoin(table, and_(same, audit_entries.c.kind == kind))
    page = select(*columns).select_from(source).where(key > bindparam("after"))
    return page.order_by(key).limit(PAGE)


_LOGGED = _with_entries(
    [stored(column) for column in log_leaves.c],
    log_leaves,
    log_leaves.c.entry_id,
    log_leaves.c.seq,
).where(log_leaves.c.seq < bindparam("size"))
_WAITING = _with_entries(
    [null(), stored(audit_pending.c.entry_id), null()],
    audit_pending,
    audit_pending.c.entry_id,
    audit_pending.c.entry_id,
)
