"""API keys, roles for a time, and the version row that tells replicas of every change to them."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Float,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    false,
    text,
)

from router.store.database import metadata

api_keys = Table(
    "api_keys",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("digest", LargeBinary(32), nullable=False, unique=True),
    Column("name", String(128), nullable=False),
    Column("team", String(128), nullable=False),
    Column("floor", String(16), nullable=False),
    Column("tiers", JSON, nullable=False),
    Column("created_at_s", Float, nullable=False),
    Column("expires_at_s", Float),
    Column("revoked_at_s", Float),
    Column("purpose", String(128), nullable=False, server_default="general"),
    Column("owner", String(512)),
    Column("roles", JSON, nullable=False, server_default=text("'[\"developer\"]'")),
    Column("models", JSON, nullable=False, server_default=text("'[]'")),
    Column("private_only", Boolean, nullable=False, server_default=false()),
    Column("predecessor", String(36)),
    Column("successor", String(36)),
    Column("line", String(36)),
    Column("requests_per_minute", BigInteger),
    Column("tokens_per_minute", BigInteger),
    Column("budget_nano_usd_per_day", BigInteger),
    Column("budget_nano_usd_per_month", BigInteger),
)
"""`line` is the id of the first key of those that succeeded each other by rotation, its own for one
that succeeds none; a release before 0013 leaves it out."""

break_glass_grants = Table(
    "break_glass_grants",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("actor", String(512), nullable=False),
    Column("role", String(16), nullable=False),
    Column("reason", Text, nullable=False),
    Column("opened_at_s", Float, nullable=False),
    Column("expires_at_s", Float, nullable=False),
    Column("closed_at_s", Float),
)
"""A role that somebody gave themselves for a time. Rows stay; what is over has no effect."""

state_version = Table(
    "state_version",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("version", Integer, nullable=False),
)
