"""Drains of models, and how they stand.

Revision ID: 0015
"""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "drains",
        sa.Column("model", sa.String(256), primary_key=True),
        sa.Column("asked_at_s", sa.Float, nullable=False),
        sa.Column("deadline_at_s", sa.Float, nullable=False),
        sa.Column("actor", sa.String(512), nullable=False),
        sa.Column("reason", sa.String(2000), nullable=False),
    )
    op.create_table(
        "drain_levels",
        sa.Column("model", sa.String(256), primary_key=True),
        sa.Column("gateway", sa.String(64), primary_key=True),
        sa.Column("asked_at_s", sa.Float, nullable=False),
        sa.Column("told_at_s", sa.Float, nullable=False),
        sa.Column("gateways", sa.Integer, nullable=False),
        sa.Column("running", sa.Integer, nullable=False),
        sa.Column("waiting", sa.Integer, nullable=False),
        sa.Column("cut", sa.Integer, nullable=False),
        sa.Column("turned_away", sa.Integer, nullable=False),
    )
