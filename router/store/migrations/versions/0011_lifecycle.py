"""How models come and go.

Revision ID: 0011
"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "model_moves",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("model_id", sa.String(128), nullable=False, index=True),
        sa.Column("version", sa.String(64), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("from_state", sa.String(16), nullable=False),
        sa.Column("to_state", sa.String(16), nullable=False),
        sa.Column("canary_share", sa.Float),
        sa.Column("champion_before", sa.String(64)),
        sa.Column("champion_after", sa.String(64)),
        sa.Column("candidate_after", sa.String(64)),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("evidence", sa.JSON, nullable=False),
        sa.Column("entry_sha256", sa.String(64), nullable=False),
        sa.Column("proposed_by", sa.String(512), nullable=False),
        sa.Column("proposed_at_s", sa.Float, nullable=False),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("decided_by", sa.String(512)),
        sa.Column("decided_at_s", sa.Float),
        sa.Column("file_sha256", sa.String(64)),
    )
