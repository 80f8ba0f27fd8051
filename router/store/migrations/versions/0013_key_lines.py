"""Lines of keys, by which limits count, and limits of a key's own.

Revision ID: 0013
"""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

_KEYS = sa.table(
    "api_keys",
    sa.column("id", sa.String),
    sa.column("predecessor", sa.String),
    sa.column("line", sa.String),
)
_WINDOWS = sa.table(
    "limit_windows",
    *(sa.column(name) for name in ("scope", "window", "starts_at_s")),
    *(sa.column(name) for name in ("requests", "tokens", "spent_nano_usd", "held_nano_usd")),
)


def upgrade() -> None:
    # All may be null, so that a release that knows nothing of them can go on making keys meanwhile.
    for column in (
        sa.Column("line", sa.String(36)),
        sa.Column("requests_per_minute", sa.BigInteger),
        sa.Column("tokens_per_minute", sa.BigInteger),
        sa.Column("budget_nano_usd_per_day", sa.BigInteger),
        sa.Column("budget_nano_usd_per_month", sa.BigInteger),
    ):
        op.add_column("api_keys", column)
    connection = op.get_bind()
    lines = _lines(dict(connection.execute(sa.select(_KEYS.c.id, _KEYS.c.predecessor)).all()))
    for key_id, line in lines.items():
        connection.execute(sa.update(_KEYS).where(_KEYS.c.id == key_id).values(line=line))
        if key_id != line:
            _count_with(connection, f"key:{key_id}", f"key:{line}")


def _lines(predecessors: dict[str, str | None]) -> dict[str, str]:
    lines = {}
    for key_id in predecessors:
        first, seen = key_id, {key_id}
        while (before := predecessors.get(first)) in predecessors and before not in seen:
            first = before
            seen.add(before)
        lines[key_id] = first
    return lines


def _count_with(connection: sa.Connection, scope: str, line: str) -> None:
    """What a successor has used counts for its line from now on.

    What it holds does not: the requests under way will be settled where it was held.
    """
    c = _WINDOWS.c
    for row in connection.execute(sa.select(_WINDOWS).where(c.scope == scope)).mappings().all():
        same = (c.scope == line) & (c.window == row["window"])
        same &= c.starts_at_s == row["starts_at_s"]
        used = {name: row[name] for name in ("requests", "tokens", "spent_nano_usd")}
        more = {name: c[name] + amount for name, amount in used.items()}
        if not connection.execute(sa.update(_WINDOWS).where(same).values(more)).rowcount:
            new = {**row, **used, "scope": line, "held_nano_usd": 0}
            connection.execute(sa.insert(_WINDOWS).values(new))
