"""What each place has of the checkpoints, so that none is missed however long a place was down."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import BigInteger, Column, Connection, Float, String, Table, insert, select, update

from router.audit.log.lease import MAX_NAME_CHARACTERS
from router.audit.log.tables import log_checkpoints
from router.store.database import metadata

log_published = Table(
    "log_published",
    metadata,
    Column("place", String(MAX_NAME_CHARACTERS), primary_key=True),
    Column("size", BigInteger, nullable=False),
    Column("published_at_s", Float, nullable=False),
)
"""By place, the size of the last checkpoint that it took."""


@dataclass(frozen=True, slots=True)
class Note:
    """A signed checkpoint as it is sent; `size` is how many entries it covers."""

    size: int
    text: str


def unpublished(connection: Connection, place: str, limit: int) -> list[Note]:
    """Up to `limit` checkpoints that the place has not had, oldest first.

    A place that is new begins with the newest one.
    """
    checkpoints = select(log_checkpoints.c.size, log_checkpoints.c.note)
    published = select(log_published.c.size).where(log_published.c.place == place)
    size = connection.execute(published).scalar()
    if size is None:
        waiting = checkpoints.order_by(log_checkpoints.c.size.desc()).limit(1)
    else:
        newer = checkpoints.where(log_checkpoints.c.size > size)
        waiting = newer.order_by(log_checkpoints.c.size).limit(limit)
    return [Note(row.size, row.note) for row in connection.execute(waiting)]


def mark_published(connection: Connection, place: str, size: int, now_s: float) -> None:
    """Writes down that the place has the checkpoints up to this one."""
    row = {"size": size, "published_at_s": now_s}
    mine = log_published.c.place == place
    if connection.execute(update(log_published).where(mine).values(**row)).rowcount == 0:
        connection.execute(insert(log_published), [{"place": place, **row}])
