"""Limits, budgets and what is held of them.

Revision ID: 0008
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "limit_windows",
        sa.Column("scope", sa.String(300), primary_key=True),
        sa.Column("window", sa.String(8), primary_key=True),
        sa.Column("starts_at_s", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("requests", sa.BigInteger, nullable=False),
        sa.Column("tokens", sa.BigInteger, nullable=False),
        sa.Column("spent_nano_usd", sa.BigInteger, nullable=False),
        sa.Column("held_nano_usd", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "limit_holds",
        sa.Column("request_id", sa.String(36), primary_key=True),
        sa.Column("owner", sa.String(36), nullable=False),
        sa.Column("lease_until_s", sa.Float, nullable=False, index=True),
        sa.Column("released", sa.Boolean, nullable=False),
        sa.Column("amounts", sa.JSON, nullable=False),
    )
