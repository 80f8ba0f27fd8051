"""Shadow answers and canary verdicts.

Revision ID: 0019
"""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "trials",
        sa.Column(
            "request_id",
            sa.String(36),
            sa.ForeignKey("decisions.request_id", ondelete="CASCADE"),
            primary_key=True,
        ),
        sa.Column("champion", sa.String(256), nullable=False),
        sa.Column("shadow", sa.String(256), nullable=False),
        sa.Column("task", sa.String(32), nullable=False),
        sa.Column("sent_at_s", sa.Float, nullable=False),
        sa.Column("outcome", sa.String(32)),
        sa.Column("latency_s", sa.Float),
        sa.Column("ttft_s", sa.Float),
        sa.Column("input_tokens", sa.BigInteger, nullable=False),
        sa.Column("output_tokens", sa.BigInteger, nullable=False),
        sa.Column("cost_nano_usd", sa.BigInteger, nullable=False),
        sa.Column("finish_reason", sa.String(32)),
        sa.Column("shadow_flaw", sa.String(32)),
        sa.Column("champion_flaw", sa.String(32)),
        sa.Column("agrees", sa.Boolean),
    )
    op.create_index("ix_trials_sent_at_s", "trials", ["sent_at_s"])
    op.create_table(
        "canary_halts",
        sa.Column("model", sa.String(256), primary_key=True),
        sa.Column("halted_at_s", sa.Float, primary_key=True),
        sa.Column("evidence", sa.JSON, nullable=False),
        sa.Column("resumed_at_s", sa.Float),
    )
