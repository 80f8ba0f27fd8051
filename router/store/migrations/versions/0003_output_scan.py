"""What was found in an answer, and what became of it.

Revision ID: 0003
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # With defaults, so that a release that scans no answers can go on writing meanwhile.
    op.add_column(
        "outcomes",
        sa.Column("output_findings", sa.JSON, nullable=False, server_default=sa.text("'{}'")),
    )
    op.add_column("outcomes", sa.Column("output_action", sa.String(16)))
    op.add_column(
        "outcomes",
        sa.Column("output_undetermined", sa.Boolean, nullable=False, server_default=sa.false()),
    )
