"""Which exceptions a decision was made under, and what taint is due to.

Revision ID: 0002
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # With a default, so that a release that knows no exceptions can go on writing meanwhile.
    none = sa.text("'[]'")
    op.add_column(
        "decisions", sa.Column("exceptions", sa.JSON, nullable=False, server_default=none)
    )
    # Of what sticks already nobody knows why it does.
    op.add_column("taint", sa.Column("cause", sa.String(1024)))
