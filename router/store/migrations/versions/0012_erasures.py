"""What erasures remember, so that nothing of an erased subject is written afterwards.

Revision ID: 0012
"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # With a default, so that a release that erases no teams can go on erasing meanwhile.
    op.add_column(
        "vault_erasures",
        sa.Column("whole_team", sa.Boolean, nullable=False, server_default=sa.false()),
    )
    op.create_index("ix_vault_erasures_requested_at_s", "vault_erasures", ["requested_at_s"])
    op.create_index("ix_vault_texts_team", "vault_texts", ["team", "requested_at_s"])
    op.create_index(
        "ix_vault_keys_alive",
        "vault_keys",
        ["team"],
        sqlite_where=sa.text("wrapped IS NOT NULL"),
        postgresql_where=sa.text("wrapped IS NOT NULL"),
    )
