"""Every pair of models.yaml and policy.yaml that ever served, by digest; and which does now."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, Float, Integer, LargeBinary, String, Table

from router.store.database import metadata

rules_archive = Table(
    "rules_archive",
    metadata,
    Column("digest", String(80), primary_key=True),
    Column("models", LargeBinary, nullable=False),
    Column("policy", LargeBinary, nullable=False),
    Column("first_served_at_s", Float),
)
"""`first_served_at_s` is NULL for what was applied and no gateway has taken up yet."""

active_rules = Table(
    "active_rules",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("digest", String(80), nullable=False),
    Column("applied_at_s", Float, nullable=False),
    Column("applied_by", String(512), nullable=False),
    CheckConstraint("id = 1", name="one_active_rules"),
)
