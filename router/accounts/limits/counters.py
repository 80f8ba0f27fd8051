"""Reading and changing the rows of windows, in a transaction that is alone in writing.

`router.store.database` sees to that on SQLite and PostgreSQL alike, so that what has been read is
still true when something is made of it, and no order of locks has to be kept.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import TypeAlias

from sqlalchemy import Connection, bindparam, insert, select, update

from router.accounts.limits.hold import Change
from router.accounts.limits.rules import Metric, Scope
from router.accounts.limits.tables import limit_windows
from router.accounts.limits.windows import Window

_c = limit_windows.c
_COUNTED = ("requests", "tokens", "spent_nano_usd", "held_nano_usd")
# Made once: to build a statement takes longer than SQLite takes to run it.
_READ = select(limit_windows).where(
    _c.scope.in_(bindparam("scopes", expanding=True)),
    _c.window.in_([window.value for window in Window]),
    _c.starts_at_s.in_(bindparam("starts_at_s", expanding=True)),
)
_CHANGE = (
    update(limit_windows)
    .where(
        _c.scope == bindparam("in_scope"),
        _c.window == bindparam("in_window"),
        _c.starts_at_s == bindparam("in_starts_at_s"),
    )
    .values({name: _c[name] + bindparam(f"add_{name}") for name in _COUNTED})
)


@dataclass(frozen=True, slots=True)
class Counted:
    """What one window of one scope has counted so far."""

    requests: int = 0
    tokens: int = 0
    spent_nano_usd: int = 0
    held_nano_usd: int = 0

    def of(self, metric: Metric) -> int:
        """All that is not there any more for another request; held money is not."""
        match metric:
            case Metric.REQUESTS:
                return self.requests
            case Metric.TOKENS:
                return self.tokens
            case Metric.MONEY:
                return self.spent_nano_usd + self.held_nano_usd


Counts: TypeAlias = Mapping[tuple[str, Window], Counted]
"""By scope and window, for one moment; what is not in it has counted nothing yet."""


def read_counts(connection: Connection, scopes: Collection[Scope], now_s: float) -> Counts:
    """The rows of the scopes' windows that `now_s` is in. One statement."""
    starts_at_s = {window: window.starts_at_s(now_s) for window in Window}
    scopes_and_starts = {
        "scopes": sorted(scope.name for scope in scopes),
        "starts_at_s": sorted(set(starts_at_s.values())),
    }
    rows = connection.execute(_READ, scopes_and_starts)
    return {
        (row["scope"], Window(row["window"])): Counted(**{name: row[name] for name in _COUNTED})
        for row in rows.mappings()
        # A day may begin with a month, and a minute with both.
        if row["starts_at_s"] == starts_at_s[Window(row["window"])]
    }


def begin_windows(connection: Connection, changes: Iterable[Change]) -> None:
    """Adds the rows of windows in which nothing has been counted so far."""
    rows = [asdict(change) for change in changes]
    if rows:
        connection.execute(insert(limit_windows), rows)


def change_windows(connection: Connection, changes: Iterable[Change]) -> None:
    """Adds to rows that are there; what was pruned meanwhile stays so."""
    parameters = [
        {
            "in_scope": change.scope,
            "in_window": change.window.value,
            "in_starts_at_s": change.starts_at_s,
            "add_requests": change.requests,
            "add_tokens": change.tokens,
            "add_spent_nano_usd": change.spent_nano_usd,
            "add_held_nano_usd": change.held_nano_usd,
        }
        for change in changes
    ]
    if parameters:
        connection.execute(_CHANGE, parameters)
