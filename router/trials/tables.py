"""What came of shadow requests, and which canaries are halted."""

from __future__ import annotations

from sqlalchemy import JSON, BigInteger, Boolean, Column, Float, ForeignKey, String, Table

from router.store.database import metadata

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

canary_halts = Table(
    "canary_halts",
    metadata,
    Column("model", String(256), primary_key=True),
    Column("halted_at_s", Float, primary_key=True),
    Column("evidence", JSON, nullable=False),
    Column("resumed_at_s", Float),
)
"""Halted from `halted_at_s` on until it is resumed, and tested anew from there."""
