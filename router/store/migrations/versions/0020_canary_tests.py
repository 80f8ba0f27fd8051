"""What counts in the test of a canary, and how far that has come.

Revision ID: 0020
"""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

_NUMBER = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    op.create_table(
        "canary_observations",
        sa.Column("seq", _NUMBER, primary_key=True, autoincrement=True),
        sa.Column(
            "request_id",
            sa.String(36),
            sa.ForeignKey("decisions.request_id", ondelete="CASCADE"),
            nullable=False,
        ),
        sa.Column("recorded_at_s", sa.Float, nullable=False),
        sa.Column("canary", sa.String(256), nullable=False),
        sa.Column("champion", sa.String(256), nullable=False),
        sa.Column("conversation", sa.LargeBinary(16), nullable=False),
        sa.Column("by_canary", sa.Boolean, nullable=False),
        sa.Column("bad", sa.Boolean),
        sa.Column("answered", sa.Boolean, nullable=False),
        sa.Column("judged_by", sa.String(36)),
        sa.Column("judged_on", sa.Integer),
        # Where the newest rows are pruned, their numbers must not come again.
        sqlite_autoincrement=True,
    )
    for name, columns in (
        ("seq", ["canary", "seq"]),
        ("judged", ["canary", "judged_on"]),
    ):
        op.create_index(f"ix_canary_observations_{name}", "canary_observations", columns)
    # Of the few rows of a conversation that count, however long it is.
    for name, where in (("drawn", "bad IS NOT NULL"), ("heard", "judged_by IS NOT NULL")):
        op.create_index(
            f"ix_canary_observations_{name}",
            "canary_observations",
            ["canary", "conversation", "seq"],
            sqlite_where=sa.text(where),
            postgresql_where=sa.text(where),
        )
    op.create_index(
        "ix_canary_observations_request", "canary_observations", ["request_id"], unique=True
    )
    op.create_table(
        "canary_tests",
        sa.Column("model", sa.String(256), primary_key=True),
        sa.Column("champion", sa.String(256), nullable=False),
        sa.Column("since_s", sa.Float, nullable=False),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("after_seq", _NUMBER, nullable=False),
        sa.Column("answers_to", _NUMBER, nullable=False),
        sa.Column("opinions_to_s", sa.Float, nullable=False),
        sa.Column("opinions_to_id", sa.String(36), nullable=False),
        sa.Column("told_at_s", sa.Float, nullable=False),
        sa.Column("state", sa.JSON, nullable=False),
    )
