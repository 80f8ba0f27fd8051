"""Where taint is kept (I9): keyed digests of what on-prem models answered, and no text.

Durable, never evicted for size; a row is gone when its retention is over and not before.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import (
    Column,
    Connection,
    Engine,
    Float,
    Integer,
    LargeBinary,
    RowMapping,
    String,
    Table,
    bindparam,
    delete,
    insert,
    select,
    update,
)
from sqlalchemy.exc import SQLAlchemyError

from router.domain import DataClass
from router.errors import LedgerUnavailable
from router.store.database import metadata, reading
from router.store.writer import UNAVAILABLE

MAX_CAUSE_CHARACTERS = 1024

taint = Table(
    "taint",
    metadata,
    Column("key", LargeBinary(16), primary_key=True),
    Column("data_class", Integer, nullable=False),
    Column("expires_at_s", Float, nullable=False, index=True),
    Column("cause", String(MAX_CAUSE_CHARACTERS)),
)

_ENTITY_TYPE = re.compile(r"[A-Za-z0-9_.:-]+")
_LOOKUP_CHUNK = 500  # SQLite takes at most 999 bound parameters in older builds


@dataclass(frozen=True, slots=True)
class Sticking:
    """A class that sticks to something, and the entity types to which alone that is due.

    `cause` is None where it is due to anything else, or nobody knows.
    """

    data_class: DataClass
    cause: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class TaintMarks:
    """The keys of one answer, what sticks to them, and until when (epoch seconds)."""

    keys: frozenset[bytes]
    data_class: DataClass
    expires_at_s: float
    cause: frozenset[str] | None = None


def add_marks(connection: Connection, marks: TaintMarks) -> None:
    """Writes the marks. A key that is there keeps the higher class and the later expiry.

    Its cause becomes what both are due to, also where their classes differ: were the higher one
    excepted, the lower one would still hold. A cause that is not known stays so.
    """
    present: dict[bytes, TaintMarks] = {}
    for chunk in _chunks(marks.keys):
        # Locked where the database can: another replica may be about to write the same key.
        rows = connection.execute(select(taint).where(taint.c.key.in_(chunk)).with_for_update())
        present |= {row["key"]: _read(row) for row in rows.mappings()}
    new = marks.keys - present.keys()
    if new:
        values = _values(marks)
        connection.execute(insert(taint), [{"key": key, **values} for key in new])
    changed = [
        {"marked": key, **_values(merged)}
        for key, there in present.items()
        if (merged := _merged(there, marks)) != there
    ]
    if changed:
        # Columns that the parameters name are set to them.
        connection.execute(update(taint).where(taint.c.key == bindparam("marked")), changed)


def prune(connection: Connection, now_s: float) -> int:
    """Deletes what is past its retention; returns how many rows that were."""
    return connection.execute(delete(taint).where(taint.c.expires_at_s <= now_s)).rowcount


class TaintStore:
    def __init__(self, engine: Engine) -> None:
        self._engine = reading(engine)

    def inherited(self, keys: frozenset[bytes], now_s: float) -> frozenset[Sticking]:
        """Everything different that sticks to any of the keys. Blocks on the database.

        Raises LedgerUnavailable: a conversation whose past cannot be read is not judged clean.
        """
        found: set[Sticking] = set()
        try:
            with self._engine.connect() as connection:
                for chunk in _chunks(keys):
                    rows = connection.execute(
                        select(taint.c.data_class, taint.c.cause)
                        .where(taint.c.key.in_(chunk), taint.c.expires_at_s > now_s)
                        .distinct()
                    )
                    found.update(Sticking(DataClass(row[0]), _cause(row[1])) for row in rows)
        except SQLAlchemyError as error:
            raise LedgerUnavailable(UNAVAILABLE, retry_after_s=1) from error
        return frozenset(found)


def _merged(there: TaintMarks, marks: TaintMarks) -> TaintMarks:
    cause = there.cause | marks.cause if there.cause and marks.cause else None
    return replace(
        there,
        data_class=max(there.data_class, marks.data_class),
        expires_at_s=max(there.expires_at_s, marks.expires_at_s),
        cause=cause if _written(cause) else None,
    )


def _read(row: RowMapping) -> TaintMarks:
    return TaintMarks(
        keys=frozenset({row["key"]}),
        data_class=DataClass(row["data_class"]),
        expires_at_s=row["expires_at_s"],
        cause=_cause(row["cause"]),
    )


def _values(marks: TaintMarks) -> dict[str, Any]:
    return {
        "data_class": int(marks.data_class),
        "expires_at_s": marks.expires_at_s,
        "cause": _written(marks.cause),
    }


def _cause(written: str | None) -> frozenset[str] | None:
    return frozenset(written.split(" ")) if written else None


def _written(cause: frozenset[str] | None) -> str | None:
    """What cannot be written down whole is not known: then no exception lowers it."""
    if not cause or not all(map(_ENTITY_TYPE.fullmatch, cause)):
        return None
    written = " ".join(sorted(cause))
    return written if len(written) <= MAX_CAUSE_CHARACTERS else None


def _chunks(keys: frozenset[bytes]) -> list[list[bytes]]:
    ordered = sorted(keys)
    return [ordered[i : i + _LOOKUP_CHUNK] for i in range(0, len(ordered), _LOOKUP_CHUNK)]
