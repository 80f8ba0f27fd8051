"""Keys, the two halves of a record, taint.

Revision ID: 0001
"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "api_keys",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("digest", sa.LargeBinary(32), nullable=False, unique=True),
        sa.Column("name", sa.String(128), nullable=False),
        sa.Column("team", sa.String(128), nullable=False),
        sa.Column("floor", sa.String(16), nullable=False),
        sa.Column("tiers", sa.JSON, nullable=False),
        sa.Column("created_at_s", sa.Float, nullable=False),
        sa.Column("expires_at_s", sa.Float),
        sa.Column("revoked_at_s", sa.Float),
    )
    op.create_table(
        "state_version",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("version", sa.Integer, nullable=False),
    )
    op.create_table(
        "decisions",
        sa.Column("request_id", sa.String(36), primary_key=True),
        sa.Column("recorded_at_s", sa.Float, nullable=False, index=True),
        sa.Column("team", sa.String(128), nullable=False, index=True),
        sa.Column("key_id", sa.String(36), nullable=False),
        sa.Column("endpoint", sa.String(32), nullable=False),
        sa.Column("choice", sa.String(256), nullable=False),
        sa.Column("stream", sa.Boolean, nullable=False),
        sa.Column("private_only", sa.Boolean, nullable=False),
        sa.Column("data_class", sa.String(16), nullable=False),
        sa.Column("basis", sa.JSON, nullable=False),
        sa.Column("entity_counts", sa.JSON, nullable=False),
        sa.Column("detector_version", sa.String(256), nullable=False),
        sa.Column("permitted", sa.JSON, nullable=False),
        sa.Column("excluded", sa.JSON, nullable=False),
        sa.Column("plan", sa.JSON, nullable=False),
        sa.Column("reasons", sa.JSON, nullable=False),
        sa.Column("policy_digest", sa.String(80), nullable=False),
    )
    op.create_table(
        "outcomes",
        sa.Column(
            "request_id", sa.String(36), sa.ForeignKey("decisions.request_id"), primary_key=True
        ),
        sa.Column("recorded_at_s", sa.Float, nullable=False),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("http_status", sa.Integer, nullable=False),
        sa.Column("error_code", sa.String(64)),
        sa.Column("model", sa.String(256)),
        sa.Column("weights_digest", sa.String(80)),
        sa.Column("tier", sa.String(16)),
        sa.Column("attempts", sa.JSON, nullable=False),
        sa.Column("input_tokens", sa.BigInteger, nullable=False),
        sa.Column("output_tokens", sa.BigInteger, nullable=False),
        sa.Column("cost_nano_usd", sa.BigInteger, nullable=False),
        sa.Column("ttft_s", sa.Float),
        sa.Column("latency_s", sa.Float, nullable=False),
        sa.Column("dropped_fields", sa.JSON, nullable=False),
    )
    op.create_table(
        "taint",
        sa.Column("key", sa.LargeBinary(16), primary_key=True),
        sa.Column("data_class", sa.Integer, nullable=False),
        sa.Column("expires_at_s", sa.Float, nullable=False, index=True),
    )
