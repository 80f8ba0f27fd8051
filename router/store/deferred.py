"""Inserts that nobody reads before they are committed: those of a whole batch go together.

A statement costs many times what a row of it does, and over a network a round trip as well.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Table, insert

_WAITING = "ringfence.deferred"


def insert_later(connection: Connection, table: Table, row: dict[str, Any]) -> None:
    """Inserts the row with the others of the batch, at its end; at once where there is no batch.

    Until then no query sees it, and what is wrong with it is not raised here. All rows of a table
    have the same columns.
    """
    waiting: dict[Table, list[dict[str, Any]]] | None = connection.info.get(_WAITING)
    if waiting is None:
        connection.execute(insert(table), [row])
    else:
        waiting.setdefault(table, []).append(row)


@contextmanager
def deferring(connection: Connection) -> Iterator[None]:
    """A batch: ends with all that `insert_later` was given, table by table."""
    # Of the connection of the driver, for as long as that lives.
    info = connection.info
    waiting: dict[Table, list[dict[str, Any]]] = {}
    info[_WAITING] = waiting
    try:
        yield
        for table, rows in waiting.items():
            connection.execute(insert(table), rows)
    finally:
        del info[_WAITING]
