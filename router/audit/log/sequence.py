"""Sequencing: entries that wait get the next places in the log, all of them or none."""

from __future__ import annotations

from sqlalchemy import Connection, delete, insert, select, update

from router.audit.log.errors import LogBroken, LogMoved
from router.audit.log.frontier import Frontier, Tile
from router.audit.log.merkle import leaf_hash
from router.audit.log.tables import log_leaves, log_state, log_tiles
from router.audit.tables import audit_entries, audit_pending

STATE_ID = 1
_MILLISECONDS = 13
"""Characters of a UUIDv7 that are its time, the dash among them."""


def sequence(connection: Connection, limit: int) -> int:
    """Gives up to `limit` waiting entries their places, in order of id, and so of time.

    Ids tell milliseconds apart; within one, the time that entries were recorded at counts.
    Returns how many; fewer than `limit` means that no more waited. The state row moves from the
    size that was read or the transaction must be given up: LogMoved says so, and nobody can fork
    the log, however many believe that they lead. Raises LogBroken where the stored right edge
    cannot be that of the log.
    """
    frontier = read_frontier(connection)
    waiting = connection.execute(
        select(audit_entries.c.id, audit_entries.c.recorded_at_s, audit_entries.c.body)
        .join(audit_pending, audit_pending.c.entry_id == audit_entries.c.id)
        .where(audit_entries.c.body.is_not(None))
        .order_by(audit_pending.c.entry_id)
        .limit(limit)
    ).all()
    if not waiting:
        return 0
    first = frontier.size
    ordered = sorted(waiting, key=lambda row: (row[0][:_MILLISECONDS], row[1], row[0]))
    leaves = [
        {"seq": seq, "entry_id": entry_id, "leaf_hash": leaf_hash(body)}
        for seq, (entry_id, _, body) in enumerate(ordered, first)
    ]
    tiles: list[dict[str, int | bytes]] = []

    def keep(tile: Tile) -> bytes:
        tiles.append({"level": tile.level, "number": tile.number, "digest": tile.digest})
        return tile.digest

    frontier.append((leaf["leaf_hash"] for leaf in leaves), keep)
    # First: where two sequence at once, one of them learns it before it has written anything.
    moved = connection.execute(
        update(log_state)
        .where(log_state.c.id == STATE_ID, log_state.c.size == first)
        .values(size=frontier.size, frontier=frontier.packed())
    )
    if moved.rowcount != 1:
        raise LogMoved(f"the log is no longer of size {first}")
    connection.execute(insert(log_leaves), leaves)
    if tiles:
        connection.execute(insert(log_tiles), tiles)
    placed = select(log_leaves.c.entry_id).where(log_leaves.c.seq >= first)
    connection.execute(delete(audit_pending).where(audit_pending.c.entry_id.in_(placed)))
    return len(leaves)


def read_frontier(connection: Connection, *, lock: bool = False) -> Frontier:
    """The log's size and right edge; with `lock`, both stay until the transaction ends.

    Raises LogBroken where there is none.
    """
    statement = select(log_state.c.size, log_state.c.frontier).where(log_state.c.id == STATE_ID)
    if lock:
        statement = statement.with_for_update()
    row = connection.execute(statement).first()
    if row is None:
        raise LogBroken("the log has no state")
    return Frontier(row.size, row.frontier)
