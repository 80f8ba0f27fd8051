"""Keys of subjects, wrapped, and texts under them; what must not go, and what is to go."""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    LargeBinary,
    String,
    Table,
    false,
    text,
)

from router.store.database import metadata

_ALIVE = text("wrapped IS NOT NULL")

vault_keys = Table(
    "vault_keys",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("team", String(128), nullable=False),
    Column("subject", String(64), index=True),
    Column("request_id", String(36), unique=True),
    Column("slot", String(200), unique=True),
    Column("wrapped", LargeBinary),
    Column("wrapped_by", String(64), index=True),
    Column("created_at_s", Float, nullable=False),
    Column("destroyed_at_s", Float),
    Index("ix_vault_keys_alive", "team", sqlite_where=_ALIVE, postgresql_where=_ALIVE),
)
"""A key is a request's own (`request_id`), a subject's (`subject`), or its team's.

`subject` is a keyed digest of the name (`subjects.py`). `slot` is where requests look for a key
that they share; NULL once nothing new is to be sealed with it. A destroyed key has no `wrapped`,
and no `subject` either.
"""

vault_texts = Table(
    "vault_texts",
    metadata,
    Column("request_id", String(36), primary_key=True),
    Column("part", String(8), primary_key=True),
    Column("key_id", String(36), ForeignKey("vault_keys.id"), nullable=False, index=True),
    Column("team", String(128), nullable=False),
    Column("subject", String(64), index=True),
    Column("data_class", String(16), nullable=False),
    Column("requested_at_s", Float, nullable=False),
    Column("sealed", LargeBinary, nullable=False),
    Index("ix_vault_texts_age", "data_class", "requested_at_s"),
    Index("ix_vault_texts_team", "team", "requested_at_s"),
)
"""`requested_at_s` is the request's for all of its texts, so that they go together. `part` is
`input`, `output`, or a text that was written about the two later (`router/feedback/note.py`).
"""

vault_holds = Table(
    "vault_holds",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("request_id", String(36)),
    Column("key_id", String(36)),
    Column("team", String(128)),
    Column("subject", String(64)),
    Column("from_s", Float),
    Column("to_s", Float),
    Column("reason", String(1000), nullable=False),
    Column("placed_by", String(512), nullable=False),
    Column("placed_at_s", Float, nullable=False),
    Column("lifted_at_s", Float),
)
"""Covers a request (`request_id`, whose key is `key_id`), a subject of a team (`team`, `subject`),
or a team's requests of a time (`team`, `from_s` up to but not at `to_s`).
"""

vault_erasures = Table(
    "vault_erasures",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("key_id", String(36)),
    Column("team", String(128)),
    Column("subject", String(64)),
    Column("request_id", String(36)),
    Column("requested_by", String(512), nullable=False),
    Column("requested_at_s", Float, nullable=False, index=True),
    Column("done_at_s", Float, index=True),
    Column("whole_team", Boolean, nullable=False, server_default=false()),
)
"""Of a request (`request_id`), a subject (`team`, `subject`) or a team (`team`, `whole_team`): what
was requested until `requested_at_s`, when it was asked for last. Done where `done_at_s` is set.

`subject` is blanked once nothing of before can be under way any more (`erased.py`). `key_id` is the
key that was the request's or the subject's alone, for the log.
"""
