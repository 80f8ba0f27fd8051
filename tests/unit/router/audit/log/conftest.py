from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from router.store.database import connect
from tests.unit.router.audit.log.filled_log import new_database


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    """An empty SQLite file."""
    engine = new_database(tmp_path / "log.db")
    yield engine
    engine.dispose()


@pytest.fixture
def any_engine(migrated_url: str) -> Iterator[Engine]:
    """An empty database, SQLite and PostgreSQL in turn, where the two might differ."""
    engine = connect(migrated_url)
    yield engine
    engine.dispose()
