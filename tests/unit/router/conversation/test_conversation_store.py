"""What is remembered of a conversation is durable, the latest, and gone when nobody goes on."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine

from router.conversation.store import (
    ConversationMark,
    ConversationStore,
    Remembered,
    prune_conversations,
    remember,
)
from router.store.database import connect

KEY, OTHER = b"k" * 16, b"o" * 16


@pytest.fixture
def engine(migrated_url: str) -> Iterator[Engine]:
    engine = connect(migrated_url)
    yield engine
    engine.dispose()


def keep(engine: Engine, model: str, *, escalated: bool = False, until_s: float = 100.0) -> None:
    with engine.begin() as connection:
        remember(connection, ConversationMark(KEY, model, escalated, until_s))


def test_the_last_model_is_remembered_and_that_it_was_ever_escalated(engine: Engine) -> None:
    store = ConversationStore(engine)
    assert store.remembered(KEY, 0.0) is None
    keep(engine, "small@1")
    assert store.remembered(KEY, 0.0) == Remembered("small@1", escalated=False)
    keep(engine, "large@1", escalated=True)
    keep(engine, "large@2")
    assert store.remembered(KEY, 0.0) == Remembered("large@2", escalated=True)
    assert store.remembered(OTHER, 0.0) is None


def test_a_conversation_that_nobody_goes_on_with_is_forgotten(engine: Engine) -> None:
    store = ConversationStore(engine)
    keep(engine, "small@1", until_s=100.0)
    keep(engine, "small@1", until_s=200.0)
    assert store.remembered(KEY, 199.0) is not None
    assert store.remembered(KEY, 200.0) is None
    with engine.begin() as connection:
        assert prune_conversations(connection, 199.0) == 0
        assert prune_conversations(connection, 200.0) == 1


def test_a_memory_that_cannot_be_read_prefers_nothing(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.exec_driver_sql("DROP TABLE conversations")
    assert ConversationStore(engine).remembered(KEY, 0.0) is None
