"""Which models are drained, and what each gateway says of who is there still."""

from __future__ import annotations

from sqlalchemy import Column, Float, Integer, String, Table

from router.store.database import metadata

drains = Table(
    "drains",
    metadata,
    Column("model", String(256), primary_key=True),
    Column("asked_at_s", Float, nullable=False),
    Column("deadline_at_s", Float, nullable=False),
    Column("actor", String(512), nullable=False),
    Column("reason", String(2000), nullable=False),
)

drain_levels = Table(
    "drain_levels",
    metadata,
    Column("model", String(256), primary_key=True),
    Column("gateway", String(64), primary_key=True),
    Column("asked_at_s", Float, nullable=False),
    Column("told_at_s", Float, nullable=False),
    Column("gateways", Integer, nullable=False),
    Column("running", Integer, nullable=False),
    Column("waiting", Integer, nullable=False),
    Column("cut", Integer, nullable=False),
    Column("turned_away", Integer, nullable=False),
)
"""`asked_at_s` is that of the drain it is about; `gateways` is how many run, as this one knows."""
