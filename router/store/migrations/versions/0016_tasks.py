"""What a request was for, and what an escalation came to.

Revision ID: 0016
"""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("decisions", sa.Column("task", sa.String(32)))
    op.add_column("decisions", sa.Column("task_basis", sa.String(16)))
    op.add_column("decisions", sa.Column("features", sa.JSON))
    op.add_column("outcomes", sa.Column("escalation", sa.JSON))
