"""What callers thought of answers.

Revision ID: 0017
"""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "feedback",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column(
            "request_id",
            sa.String(36),
            sa.ForeignKey("decisions.request_id", ondelete="CASCADE"),
            nullable=False,
        ),
        sa.Column("key_id", sa.String(36), nullable=False),
        sa.Column("digest", sa.String(80), nullable=False),
        sa.Column("given_at_s", sa.Float, nullable=False),
        sa.Column("score", sa.Float),
        sa.Column("label", sa.String(64)),
        sa.Column("text_part", sa.String(8)),
        sa.UniqueConstraint("request_id", "key_id", "digest", name="uq_feedback_once"),
    )
    op.create_index("ix_feedback_given_at_s", "feedback", ["given_at_s"])
