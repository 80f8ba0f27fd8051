"""The row whose number moves with every change that replicas have to see within a second."""

from __future__ import annotations

from sqlalchemy import Connection, select, update

from router.accounts.tables import state_version


def read_version(connection: Connection) -> int:
    return connection.scalar(select(state_version.c.version).where(state_version.c.id == 1)) or 0


def bump_version(connection: Connection) -> None:
    """In the transaction of the change itself; who reads the new number reads the change."""
    next_version = state_version.c.version + 1
    connection.execute(update(state_version).values(version=next_version))
