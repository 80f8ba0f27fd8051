"""What is in the database and has no place in the log: entries, leaves, roots.

Every check is one statement, and so sees one state of a database that is written to meanwhile.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Select, and_, exists, func, or_, select

from router.audit.log.faults import MAX_LISTED, Faults
from router.audit.log.frontier import TILE_HEIGHT
from router.audit.log.sequence import STATE_ID
from router.audit.log.tables import log_checkpoints, log_leaves, log_state, log_tiles
from router.audit.log.verify_read import Row, read, stored
from router.audit.tables import audit_entries, audit_pending

_SIZE = select(log_state.c.size).where(log_state.c.id == STATE_ID).scalar_subquery()
_UNPLACED = select(stored(audit_entries.c.id), stored(audit_entries.c.request_id)).where(
    ~exists().where(log_leaves.c.entry_id == audit_entries.c.id),
    ~exists().where(audit_pending.c.entry_id == audit_entries.c.id),
)
_WAITING_IN_VAIN = select(stored(audit_pending.c.entry_id)).where(
    audit_pending.c.entry_id.in_(select(log_leaves.c.entry_id))
)
_TWICE = (
    select(stored(log_leaves.c.entry_id), func.min(log_leaves.c.seq))
    .group_by(log_leaves.c.entry_id)
    .having(func.count() > 1)
)
_LEAVES_OUTSIDE = select(stored(log_leaves.c.seq), stored(log_leaves.c.entry_id)).where(
    or_(log_leaves.c.seq < 0, log_leaves.c.seq >= _SIZE)
)
_TILES_OUTSIDE = select(stored(log_tiles.c.level), stored(log_tiles.c.number)).where(
    ~or_(
        *(
            and_(
                log_tiles.c.level == level,
                log_tiles.c.number >= 0,
                log_tiles.c.number < _SIZE // (1 << TILE_HEIGHT * level),
            )
            for level in range(1, 8)
        )
    )
)
_CHECKPOINTS_OUTSIDE = select(stored(log_checkpoints.c.size)).where(
    or_(log_checkpoints.c.size < 1, log_checkpoints.c.size > _SIZE)
)
_OTHER_STATES = select(stored(log_state.c.id)).where(log_state.c.id != STATE_ID)


def check_strays(connection: Connection, faults: Faults) -> None:
    """Entries that are neither in the log nor waiting, and what lies beyond the log's end."""
    for entry_id, request_id in _some(connection, _UNPLACED):
        faults.add(
            "no place",
            "the entry is neither in the log nor waiting for it",
            entry_id=entry_id,
            request_id=request_id,
        )
    for (entry_id,) in _some(connection, _WAITING_IN_VAIN):
        faults.add("waiting", "the entry is in the log and waits for it", entry_id=entry_id)
    for entry_id, seq in _some(connection, _TWICE):
        faults.add(f"place {seq}", "the entry is there twice", seq=seq, entry_id=entry_id)
    for seq, entry_id in _some(connection, _LEAVES_OUTSIDE):
        faults.add(f"place {seq}", "the log ends before it", seq=seq, entry_id=entry_id)
    for level, number in _some(connection, _TILES_OUTSIDE):
        faults.add(f"tile {level}/{number}", "there are no such places in the log")
    for (size,) in _some(connection, _CHECKPOINTS_OUTSIDE):
        faults.add(
            f"checkpoint {size}",
            "the log is shorter than what was signed: it was rolled back, or its end is lost",
        )
    for (state_id,) in _some(connection, _OTHER_STATES):
        faults.add(f"state {state_id}", "a log has one state")


def _some(connection: Connection, statement: Select[Any]) -> list[Row]:
    return read(connection, statement.limit(MAX_LISTED))
