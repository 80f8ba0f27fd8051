"""Chores: what gateways held that are no more is given back, and old windows go.

Any replica may do both at any time: a transaction is alone in writing (`counters.py`), so that a
hold is given back once.
"""

from __future__ import annotations

from sqlalchemy import Connection, and_, bindparam, delete, or_, select, update

from router.accounts.limits.counters import change_windows
from router.accounts.limits.hold import read_hold
from router.accounts.limits.tables import limit_holds, limit_windows
from router.accounts.limits.windows import Window

MAX_RELEASED = 500
"""At once: requests wait meanwhile. Those that are left are expired the next time, too."""

_DAY_S = 86_400
KEPT_S = {Window.MINUTE: 2 * 3_600, Window.DAY: 62 * _DAY_S, Window.MONTH: 400 * _DAY_S}
"""From a window's start. Longer than any lease, so that a hold's rows outlive it."""

RELEASED_KEPT_S = 7 * _DAY_S
"""How late an outcome may come after its hold was released, and still count."""


def release_expired(connection: Connection, now_s: float) -> int:
    """Gives back what is held under a lease that is over; returns for how many requests."""
    rows = connection.execute(
        select(limit_holds.c.request_id, limit_holds.c.amounts)
        .where(limit_holds.c.lease_until_s <= now_s, limit_holds.c.released.is_(False))
        .order_by(limit_holds.c.lease_until_s)
        .limit(MAX_RELEASED)
    ).all()
    if not rows:
        return 0
    shares = [share for row in rows for share in read_hold(row.amounts).shares]
    change_windows(connection, (share.returned() for share in shares))
    connection.execute(
        update(limit_holds)
        .where(limit_holds.c.request_id == bindparam("expired"))
        .values(released=True),
        [{"expired": row.request_id} for row in rows],
    )
    return len(rows)


def prune_windows(connection: Connection, now_s: float) -> int:
    """Deletes windows that are long over, and holds that no outcome will come for any more.

    Returns how many windows that were.
    """
    over = (
        and_(limit_windows.c.window == window.value, limit_windows.c.starts_at_s < now_s - kept_s)
        for window, kept_s in KEPT_S.items()
    )
    connection.execute(
        delete(limit_holds).where(
            limit_holds.c.released.is_(True), limit_holds.c.lease_until_s < now_s - RELEASED_KEPT_S
        )
    )
    return connection.execute(delete(limit_windows).where(or_(*over))).rowcount
