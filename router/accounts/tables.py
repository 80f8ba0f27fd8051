"""API keys, and the version row that tells replicas when something about them has changed."""

from __future__ import annotations

from sqlalchemy import JSON, Column, Float, Integer, LargeBinary, String, Table

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
)

state_version = Table(
    "state_version",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("version", Integer, nullable=False),
)
