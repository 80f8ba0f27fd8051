"""People, roles and grants for a time.

Revision ID: 0009
"""

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass
