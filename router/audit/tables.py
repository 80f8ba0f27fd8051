"""What the audit keeps: entries, which are the record, and rows of the same to ask questions of.

`audit_entries` is what the log orders and proves. `decisions` and `outcomes` say the same in
columns, for queries; `ringfence audit verify` compares the two.
"""

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
    false,
    text,
)

from router.store.database import metadata

audit_entries = Table(
    "audit_entries",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("kind", String(16), nullable=False),
    Column("request_id", String(36)),
    Column("recorded_at_s", Float, nullable=False, index=True),
    Column("body", LargeBinary),
    Index("ix_audit_entries_request", "request_id", "kind", unique=True),
)
"""`body` is canonical JSON (`entries.py`); NULL once its segment has been pruned."""

audit_pending = Table("audit_pending", metadata, Column("entry_id", String(36), primary_key=True))
"""Entries that have no place in the log yet."""

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
    Column("task", String(32)),
    Column("task_basis", String(16)),
    Column("features", JSON),
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
    Column("escalation", JSON),
)
