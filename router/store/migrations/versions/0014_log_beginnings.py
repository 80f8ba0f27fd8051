"""The act that says what was there before the log, and which pruned segments are empty.

Revision ID: 0014
"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "log_beginning",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("entry_id", sa.String(36), nullable=False),
    )
    # Of those that were pruned before: looked at once more, and then known to be empty.
    op.add_column(
        "log_pruned",
        sa.Column("emptied", sa.Boolean, nullable=False, server_default=sa.false()),
    )
