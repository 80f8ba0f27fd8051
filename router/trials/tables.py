"""What came of trials: of shadow requests, and of requests that a canary could have answered."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    text,
)

from router.store.database import metadata

_NUMBER = BigInteger().with_variant(Integer, "sqlite")
_DRAWN = text("bad IS NOT NULL")
_JUDGED = text("judged_by IS NOT NULL")

trials = Table(
    "trials",
    metadata,
    Column(
        "request_id",
        String(36),
        ForeignKey("decisions.request_id", ondelete="CASCADE"),
        primary_key=True,
    ),
    Column("champion", String(256), nullable=False),
    Column("shadow", String(256), nullable=False),
    Column("task", String(32), nullable=False),
    Column("sent_at_s", Float, nullable=False, index=True),
    Column("outcome", String(32)),
    Column("latency_s", Float),
    Column("ttft_s", Float),
    Column("input_tokens", BigInteger, nullable=False),
    Column("output_tokens", BigInteger, nullable=False),
    Column("cost_nano_usd", BigInteger, nullable=False),
    Column("finish_reason", String(32)),
    Column("shadow_flaw", String(32)),
    Column("champion_flaw", String(32)),
    Column("agrees", Boolean),
)
"""Goes with its record, which has the champion's latency, tokens and cost.

`outcome` is NULL until the shadow has answered, and for ever where its gateway ended before; until
then tokens and cost are what it may take at most. A flaw is the name of a signal
(`router.escalation.signals.names`), NULL for none; `agrees` is NULL where there was no answer.
"""

canary_observations = Table(
    "canary_observations",
    metadata,
    Column("seq", _NUMBER, primary_key=True, autoincrement=True),
    Column(
        "request_id",
        String(36),
        ForeignKey("decisions.request_id", ondelete="CASCADE"),
        nullable=False,
    ),
    Column("recorded_at_s", Float, nullable=False),
    Column("canary", String(256), nullable=False),
    Column("champion", String(256), nullable=False),
    Column("conversation", LargeBinary(16), nullable=False),
    Column("by_canary", Boolean, nullable=False),
    Column("bad", Boolean),
    Column("answered", Boolean, nullable=False),
    Column("judged_by", String(36)),
    Column("judged_on", Integer),
    Index("ix_canary_observations_request", "request_id", unique=True),
    Index("ix_canary_observations_seq", "canary", "seq"),
    Index(
        "ix_canary_observations_drawn",
        "canary",
        "conversation",
        "seq",
        sqlite_where=_DRAWN,
        postgresql_where=_DRAWN,
    ),
    Index(
        "ix_canary_observations_heard",
        "canary",
        "conversation",
        "seq",
        sqlite_where=_JUDGED,
        postgresql_where=_JUDGED,
    ),
    Index("ix_canary_observations_judged", "canary", "judged_on"),
    sqlite_autoincrement=True,
)
"""A request that either version could have answered, once it has ended; goes with its record.

`seq` is the order in which they were committed, since one transaction writes at a time, and is
never given twice. `conversation` is what `router.conversation.keys` makes of it. `bad` is NULL
where the request says nothing of the version: it went where its conversation had gone before, or
ended for reasons of its own. `answered` where that version's answer is what the client got, whole.
`judged_by` and `judged_on` are the key and the day (in UTC, since the epoch) of the opinion that
was counted of it. Two indexes are of the few rows of a conversation that count, however long it is.
"""

canary_tests = Table(
    "canary_tests",
    metadata,
    Column("model", String(256), primary_key=True),
    Column("champion", String(256), nullable=False),
    Column("since_s", Float, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("after_seq", _NUMBER, nullable=False),
    Column("answers_to", _NUMBER, nullable=False),
    Column("opinions_to_s", Float, nullable=False),
    Column("opinions_to_id", String(36), nullable=False),
    Column("told_at_s", Float, nullable=False),
    Column("state", JSON, nullable=False),
)
"""How far the test of a canary has come, and what it has made of that (`canary_test.py`).

`after_seq` and `answers_to` are observations' `seq`: the last that is not the test's, and the last
that it was told of; `opinions_to_…` are a feedback's time and id. One row a version that was ever a
canary, of a few kilobytes: none goes. Who writes a row has read the `revision` before; another
one in between has been told the same.
"""

canary_halts = Table(
    "canary_halts",
    metadata,
    Column("model", String(256), primary_key=True),
    Column("halted_at_s", Float, primary_key=True),
    Column("evidence", JSON, nullable=False),
    Column("resumed_at_s", Float),
)
"""Halted from `halted_at_s` on until it is resumed, and tested anew from there."""
