"""Leases: which of the replicas does what one of them is enough for.

Nothing depends on there being one leader only. A lease spares replicas the work of each other; what
must not happen twice is kept from it where it is written (`sequence.py`).
"""

from __future__ import annotations

from sqlalchemy import Column, Connection, Float, String, Table, delete, insert, select, update

from router.store.database import metadata

LEASE_S = 3.0
MAX_NAME_CHARACTERS = 512

log_lease = Table(
    "log_lease",
    metadata,
    Column("name", String(MAX_NAME_CHARACTERS), primary_key=True),
    Column("holder", String(36), nullable=False),
    Column("expires_at_s", Float, nullable=False),
)
"""Who does what, and until when unless it says so again."""


def take_lease(
    connection: Connection, name: str, holder: str, now_s: float, lease_s: float = LEASE_S
) -> bool:
    """Whether `name` is the holder's for the next `lease_s`; it is unless somebody else has it.

    A lease that ends later than any that could be given now was written by a clock that is wrong,
    and counts for nothing.
    """
    mine = log_lease.c.name == name
    found = connection.execute(select(log_lease).where(mine)).first()
    row = {"holder": holder, "expires_at_s": now_s + lease_s}
    if found is None:
        connection.execute(insert(log_lease), [{"name": name, **row}])
        return True
    if found.holder != holder and now_s < found.expires_at_s <= now_s + 2 * lease_s:
        return False
    connection.execute(update(log_lease).where(mine).values(**row))
    return True


def give_back_lease(connection: Connection, name: str, holder: str) -> None:
    """Lets the next one have it at once; does nothing to another's."""
    mine = (log_lease.c.name == name) & (log_lease.c.holder == holder)
    connection.execute(delete(log_lease).where(mine))
