"""What erasures remember, so that nothing of an erased subject is written afterwards.

Revision ID: 0012
"""

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass
