"""Entries of the transparency log, and those without a place in it yet.

Revision ID: 0005
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "audit_entries",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("request_id", sa.String(36)),
        sa.Column("recorded_at_s", sa.Float, nullable=False, index=True),
        sa.Column("body", sa.LargeBinary),
    )
    op.create_index(
        "ix_audit_entries_request", "audit_entries", ["request_id", "kind"], unique=True
    )
    op.create_table(
        "audit_pending",
        sa.Column("entry_id", sa.String(36), primary_key=True),
    )
