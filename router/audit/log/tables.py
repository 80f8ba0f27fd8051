"""The transparency log: leaves in order, roots of complete subtrees, signed checkpoints."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    false,
)

from router.store.database import metadata

# SQLite keeps rows in the order of such a key, and looks nothing up to find one.
_PLACE = BigInteger().with_variant(Integer, "sqlite")

log_leaves = Table(
    "log_leaves",
    metadata,
    Column("seq", _PLACE, primary_key=True, autoincrement=False),
    Column("entry_id", String(36), nullable=False, unique=True),
    Column("leaf_hash", LargeBinary(32), nullable=False),
)
"""The place of each entry, from 0 without a gap."""

log_tiles = Table(
    "log_tiles",
    metadata,
    Column("level", Integer, primary_key=True, autoincrement=False),
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("digest", LargeBinary(32), nullable=False),
)
"""Row (level, number) is the root over the 256**level leaves from number * 256**level on."""

log_checkpoints = Table(
    "log_checkpoints",
    metadata,
    Column("size", _PLACE, primary_key=True, autoincrement=False),
    Column("note", Text, nullable=False),
    Column("created_at_s", BigInteger, nullable=False, index=True),
)
"""What was signed (`checkpoint.py`); `created_at_s` is the note's own time in whole seconds."""

log_state = Table(
    "log_state",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("size", BigInteger, nullable=False),
    Column("frontier", LargeBinary, nullable=False),
)
"""One row, whose id is 1. `frontier` has the roots of the complete subtrees that make the log up,
32 bytes each, the largest first: all that appending needs to know of what came before."""

log_pruned = Table(
    "log_pruned",
    metadata,
    Column("first_seq", _PLACE, primary_key=True, autoincrement=False),
    Column("end_seq", BigInteger, nullable=False),
    Column("entry_id", String(36), nullable=False, unique=True),
    Column("emptied", Boolean, nullable=False, server_default=false()),
)
"""Places from `first_seq` to before `end_seq`: their bodies go, and are gone once it is `emptied`;
`entry_id` is the act's."""

log_beginning = Table(
    "log_beginning",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("entry_id", String(36), nullable=False),
)
"""One row, whose id is 1: the act that says what was there before the log (`beginning.py`)."""
