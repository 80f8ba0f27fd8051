"""Where taint is kept (I9): keyed digests of what on-prem models answered, and no text.

Durable, never evicted for size; a row is gone when its retention is over and not before.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import (
    Column,
    Connection,
    Engine,
    Float,
    Integer,
    LargeBinary,
    Table,
    bindparam,
    delete,
    func,
    insert,
    select,
    update,
)
from sqlalchemy.exc import SQLAlchemyError

from router.domain import DataClass
from router.errors import LedgerUnavailable
from router.store.database import metadata, reading
from router.store.writer import UNAVAILABLE

taint = Table(
    "taint",
    metadata,
    Column("key", LargeBinary(16), primary_key=True),
    Column("data_class", Integer, nullable=False),
    Column("expires_at_s", Float, nullable=False, index=True),
)

_LOOKUP_CHUNK = 500  # SQLite takes at most 999 bound parameters in older builds


@dataclass(frozen=True, slots=True)
class TaintMarks:
    """The keys of one answer, the class that sticks to them, and until when (epoch seconds)."""

    keys: frozenset[bytes]
    data_class: DataClass
    expires_at_s: float


def add_marks(connection: Connection, marks: TaintMarks) -> None:
    """Writes the marks; a key that is there keeps the higher class and the later expiry."""
    present: set[bytes] = set()
    for chunk in _chunks(marks.keys):
        present.update(connection.scalars(select(taint.c.key).where(taint.c.key.in_(chunk))))
    new = marks.keys - present
    values = {"data_class": int(marks.data_class), "expires_at_s": marks.expires_at_s}
    if new:
        connection.execute(insert(taint), [{"key": key, **values} for key in new])
    if present:
        raised = update(taint).where(
            taint.c.key == bindparam("marked"), taint.c.data_class < int(marks.data_class)
        )
        connection.execute(
            raised.values(data_class=int(marks.data_class)), [{"marked": key} for key in present]
        )
        extended = update(taint).where(
            taint.c.key == bindparam("marked"), taint.c.expires_at_s < marks.expires_at_s
        )
        connection.execute(
            extended.values(expires_at_s=marks.expires_at_s), [{"marked": key} for key in present]
        )


def prune(connection: Connection, now_s: float) -> int:
    """Deletes what is past its retention; returns how many rows that were."""
    return connection.execute(delete(taint).where(taint.c.expires_at_s <= now_s)).rowcount


class TaintStore:
    def __init__(self, engine: Engine) -> None:
        self._engine = reading(engine)

    def inherited(self, keys: frozenset[bytes], now_s: float) -> DataClass | None:
        """The highest class that sticks to any of the keys. Blocks on the database.

        Raises LedgerUnavailable: a conversation whose past cannot be read is not judged clean.
        """
        highest: int | None = None
        try:
            with self._engine.connect() as connection:
                for chunk in _chunks(keys):
                    found = connection.scalar(
                        select(func.max(taint.c.data_class)).where(
                            taint.c.key.in_(chunk), taint.c.expires_at_s > now_s
                        )
                    )
                    if found is not None:
                        highest = max(found, highest or 0)
        except SQLAlchemyError as error:
            raise LedgerUnavailable(UNAVAILABLE, retry_after_s=1) from error
        return None if highest is None else DataClass(highest)


def _chunks(keys: frozenset[bytes]) -> list[list[bytes]]:
    ordered = sorted(keys)
    return [ordered[i : i + _LOOKUP_CHUNK] for i in range(0, len(ordered), _LOOKUP_CHUNK)]
