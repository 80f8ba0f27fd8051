"""Feedback, a row for each that was given; its texts are in the vault."""

from __future__ import annotations

from sqlalchemy import Column, Float, ForeignKey, String, Table, UniqueConstraint

from router.store.database import metadata

feedback = Table(
    "feedback",
    metadata,
    Column("id", String(36), primary_key=True),
    Column(
        "request_id",
        String(36),
        ForeignKey("decisions.request_id", ondelete="CASCADE"),
        nullable=False,
    ),
    Column("key_id", String(36), nullable=False),
    Column("digest", String(80), nullable=False),
    Column("given_at_s", Float, nullable=False, index=True),
    Column("score", Float),
    Column("label", String(64)),
    Column("text_part", String(8)),
    UniqueConstraint("request_id", "key_id", "digest", name="uq_feedback_once"),
)
"""Goes with its record. `text_part` is where in `vault_texts` its text was put, NULL where none was
kept; an erasure takes the text and leaves the row.

`digest` tells whether the same was said before. With a text that is kept it is a keyed one, and
destroyed with the key; of a text that is not kept there is nothing in it.
"""
