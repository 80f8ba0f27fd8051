"""One vault for each test, on SQLite; test_vault_on_postgresql.py has it on the other."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine
from vault_case import Room

from router.store.database import connect
from router.store.writer import Writer


@pytest.fixture
def engine(migrated_sqlite: Path) -> Iterator[Engine]:
    engine = connect(f"sqlite:///{migrated_sqlite}")
    yield engine
    engine.dispose()


@pytest.fixture
def room(engine: Engine) -> Iterator[Room]:
    # Some tests ask hundreds of requests at once, on machines that do something else, too.
    writer = Writer(engine, timeout_s=120)
    writer.start()
    yield Room(engine, writer)
    writer.close()
