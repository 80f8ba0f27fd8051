"""Moves of models: those that wait for a second person, and those that were made."""

from __future__ import annotations

from sqlalchemy import JSON, Column, Float, String, Table, Text

from router.store.database import metadata

model_moves = Table(
    "model_moves",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("model_id", String(128), nullable=False, index=True),
    Column("version", String(64), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("from_state", String(16), nullable=False),
    Column("to_state", String(16), nullable=False),
    Column("canary_share", Float),
    Column("champion_before", String(64)),
    Column("champion_after", String(64)),
    Column("candidate_after", String(64)),
    Column("reason", Text, nullable=False),
    Column("evidence", JSON, nullable=False),
    Column("entry_sha256", String(64), nullable=False),
    Column("proposed_by", String(512), nullable=False),
    Column("proposed_at_s", Float, nullable=False),
    Column("status", String(16), nullable=False),
    Column("decided_by", String(512)),
    Column("decided_at_s", Float),
    Column("file_sha256", String(64)),
)
"""`entry_sha256` is over what models.yaml said of the model when the move was proposed,
`file_sha256` over the whole file as the move left it."""
