"""The vault: keys, texts, legal holds, erasures.

Revision ID: 0007
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "vault_keys",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("team", sa.String(128), nullable=False),
        sa.Column("subject", sa.String(64)),
        sa.Column("request_id", sa.String(36), unique=True),
        sa.Column("slot", sa.String(200), unique=True),
        sa.Column("wrapped", sa.LargeBinary),
        sa.Column("wrapped_by", sa.String(64)),
        sa.Column("created_at_s", sa.Float, nullable=False),
        sa.Column("destroyed_at_s", sa.Float),
    )
    op.create_index("ix_vault_keys_subject", "vault_keys", ["subject"])
    op.create_index("ix_vault_keys_wrapped_by", "vault_keys", ["wrapped_by"])
    op.create_table(
        "vault_texts",
        sa.Column("request_id", sa.String(36), primary_key=True),
        sa.Column("part", sa.String(8), primary_key=True),
        sa.Column("key_id", sa.String(36), sa.ForeignKey("vault_keys.id"), nullable=False),
        sa.Column("team", sa.String(128), nullable=False),
        sa.Column("subject", sa.String(64)),
        sa.Column("data_class", sa.String(16), nullable=False),
        sa.Column("requested_at_s", sa.Float, nullable=False),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
    )
    op.create_index("ix_vault_texts_key_id", "vault_texts", ["key_id"])
    op.create_index("ix_vault_texts_subject", "vault_texts", ["subject"])
    op.create_index("ix_vault_texts_age", "vault_texts", ["data_class", "requested_at_s"])
    op.create_table(
        "vault_holds",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("request_id", sa.String(36)),
        sa.Column("key_id", sa.String(36)),
        sa.Column("team", sa.String(128)),
        sa.Column("subject", sa.String(64)),
        sa.Column("from_s", sa.Float),
        sa.Column("to_s", sa.Float),
        sa.Column("reason", sa.String(1000), nullable=False),
        sa.Column("placed_by", sa.String(512), nullable=False),
        sa.Column("placed_at_s", sa.Float, nullable=False),
        sa.Column("lifted_at_s", sa.Float),
    )
    op.create_table(
        "vault_erasures",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("key_id", sa.String(36)),
        sa.Column("team", sa.String(128)),
        sa.Column("subject", sa.String(64)),
        sa.Column("request_id", sa.String(36)),
        sa.Column("requested_by", sa.String(512), nullable=False),
        sa.Column("requested_at_s", sa.Float, nullable=False),
        sa.Column("done_at_s", sa.Float),
    )
    op.create_index("ix_vault_erasures_done_at_s", "vault_erasures", ["done_at_s"])
