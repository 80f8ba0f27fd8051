"""What a key is for.

Revision ID: 0004
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # With a default, so that a release that knows no purposes can go on making keys meanwhile.
    op.add_column(
        "api_keys",
        sa.Column("purpose", sa.String(128), nullable=False, server_default="general"),
    )
