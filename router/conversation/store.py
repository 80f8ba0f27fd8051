"""Which model answers a conversation: keyed digests of how it began, and no text.

Lost rows cost a prefix cache and no more: what is read here orders models, and permits none.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import (
    Boolean,
    Column,
    Connection,
    Engine,
    Float,
    LargeBinary,
    String,
    Table,
    delete,
    select,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import SQLAlchemyError

from router.store.database import metadata, reading

MAX_MODEL_CHARACTERS = 256

conversations = Table(
    "conversations",
    metadata,
    Column("key", LargeBinary(16), primary_key=True),
    Column("model", String(MAX_MODEL_CHARACTERS), nullable=False),
    Column("escalated", Boolean, nullable=False),
    Column("until_s", Float, nullable=False, index=True),
)


@dataclass(frozen=True, slots=True)
class Remembered:
    """The registry key of the model that answered last, and whether one ever fell short."""

    model: str
    escalated: bool


@dataclass(frozen=True, slots=True)
class ConversationMark:
    """What is to be remembered of an answer, until when (epoch seconds)."""

    key: bytes
    model: str
    escalated: bool
    until_s: float


def remember(connection: Connection, mark: ConversationMark) -> None:
    """Writes the mark over what is there. A conversation that was escalated stays one."""
    values = {"model": mark.model, "until_s": mark.until_s}
    if mark.escalated:
        values["escalated"] = True
    changed = connection.execute(
        update(conversations).where(conversations.c.key == mark.key).values(values)
    )
    if changed.rowcount:
        return
    row = {**values, "key": mark.key, "escalated": mark.escalated}
    # Another replica may have written it since: then the last of the two holds.
    insert = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    written = insert(conversations).values(row)
    connection.execute(written.on_conflict_do_update(index_elements=["key"], set_=values))


def prune_conversations(connection: Connection, now_s: float) -> int:
    """Deletes those that nobody has gone on with for as long as the policy keeps them."""
    return connection.execute(
        delete(conversations).where(conversations.c.until_s <= now_s)
    ).rowcount


class ConversationStore:
    def __init__(self, engine: Engine) -> None:
        self._engine = reading(engine)

    def remembered(self, key: bytes, now_s: float) -> Remembered | None:
        """Blocks on the database. None, too, where that cannot be read: nothing is preferred."""
        asked = select(conversations.c.model, conversations.c.escalated).where(
            conversations.c.key == key, conversations.c.until_s > now_s
        )
        try:
            with self._engine.connect() as connection:
                row = connection.execute(asked).first()
        except SQLAlchemyError:
            return None
        return None if row is None else Remembered(row[0], row[1])
