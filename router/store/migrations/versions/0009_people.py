"""People, roles and grants for a time.

Revision ID: 0009
"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # With defaults, so that a release that knows nothing of them can go on making keys meanwhile.
    for column in (
        sa.Column("owner", sa.String(512)),
        sa.Column("roles", sa.JSON, nullable=False, server_default=sa.text("'[\"developer\"]'")),
        sa.Column("models", sa.JSON, nullable=False, server_default=sa.text("'[]'")),
        sa.Column("private_only", sa.Boolean, nullable=False, server_default=sa.false()),
        sa.Column("predecessor", sa.String(36)),
        sa.Column("successor", sa.String(36)),
    ):
        op.add_column("api_keys", column)
    op.create_table(
        "break_glass_grants",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("actor", sa.String(512), nullable=False),
        sa.Column("role", sa.String(16), nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("opened_at_s", sa.Float, nullable=False),
        sa.Column("expires_at_s", sa.Float, nullable=False),
        sa.Column("closed_at_s", sa.Float),
    )
    # From here on the row is there: two who make it at the same time cannot collide.
    op.execute(
        "INSERT INTO state_version (id, version) SELECT 1, 0"
        " WHERE NOT EXISTS (SELECT 1 FROM state_version WHERE id = 1)"
    )
