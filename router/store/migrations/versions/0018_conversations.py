"""Which model answers a conversation.

Revision ID: 0018
"""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "conversations",
        sa.Column("key", sa.LargeBinary(16), primary_key=True),
        sa.Column("model", sa.String(256), nullable=False),
        sa.Column("escalated", sa.Boolean, nullable=False),
        sa.Column("until_s", sa.Float, nullable=False),
    )
    op.create_index("ix_conversations_until_s", "conversations", ["until_s"])
