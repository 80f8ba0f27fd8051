"""The two halves of a record. Rows are only ever added: what is durable is never changed."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Integer,
    String,
    Table,
    false,
    text,
)

from router.store.database import metadata

decisions = Table(
    "decisions",
    metadata,
    Column("request_id", String(36), primary_key=True),
    Column("recorded_at_s", Float, nullable=False, index=True),
    Column("team", String(128), nullable=False, index=True),
    Column("key_id", String(36), nullable=False),
    Column("endpoint", String(32), nullable=False),
    Column("choice", String(256), nullable=False),
    Column("stream", Boolean, nullable=False),
    Column("private_only", Boolean, nullable=False),
    Column("data_class", String(16), nullable=False),
    Column("basis", JSON, nullable=False),
    Column("entity_counts", JSON, nullable=False),
    Column("detector_version", String(256), nullable=False),
    Column("permitted", JSON, nullable=False),
    Column("excluded", JSON, nullable=False),
    Column("plan", JSON, nullable=False),
    Column("reasons", JSON, nullable=False),
    Column("policy_digest", String(80), nullable=False),
    Column("exceptions", JSON, nullable=False, server_default=text("'[]'")),
)

outcomes = Table(
    "outcomes",
    metadata,
    Column("request_id", String(36), ForeignKey("decisions.request_id"), primary_key=True),
    Column("recorded_at_s", Float, nullable=False),
    Column("status", String(16), nullable=False),
    Column("http_status", Integer, nullable=False),
    Column("error_code", String(64)),
    Column("model", String(256)),
    Column("weights_digest", String(80)),
    Column("tier", String(16)),
    Column("attempts", JSON, nullable=False),
    Column("input_tokens", BigInteger, nullable=False),
    Column("output_tokens", BigInteger, nullable=False),
    Column("cost_nano_usd", BigInteger, nullable=False),
    Column("ttft_s", Float),
    Column("latency_s", Float, nullable=False),
    Column("dropped_fields", JSON, nullable=False),
    Column("output_findings", JSON, nullable=False, server_default=text("'{}'")),
    Column("output_action", String(16)),
    Column("output_undetermined", Boolean, nullable=False, server_default=false()),
)
