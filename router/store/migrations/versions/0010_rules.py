"""The rules that served, and which do.

Revision ID: 0010
"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "rules_archive",
        sa.Column("digest", sa.String(80), primary_key=True),
        sa.Column("models", sa.LargeBinary, nullable=False),
        sa.Column("policy", sa.LargeBinary, nullable=False),
        sa.Column("first_served_at_s", sa.Float),
    )
    op.create_table(
        "active_rules",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("digest", sa.String(80), nullable=False),
        sa.Column("applied_at_s", sa.Float, nullable=False),
        sa.Column("applied_by", sa.String(512), nullable=False),
        sa.CheckConstraint("id = 1", name="one_active_rules"),
    )
