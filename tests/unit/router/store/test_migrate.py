"""The migrations make exactly the tables that the code writes."""

from __future__ import annotations

from pathlib import Path

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from router.store.database import connect
from router.store.migrate import migrate
from router.store.schema import metadata


def test_migrations_and_tables_say_the_same(tmp_path: Path) -> None:
    engine = connect(f"sqlite:///{tmp_path / 'test.db'}")
    migrate(engine)
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
    engine.dispose()


def test_migrating_twice_changes_nothing(tmp_path: Path) -> None:
    engine = connect(f"sqlite:///{tmp_path / 'test.db'}")
    migrate(engine)
    migrate(engine)
    engine.dispose()


def test_commits_are_durable_and_readers_never_wait(tmp_path: Path) -> None:
    engine = connect(f"sqlite:///{tmp_path / 'test.db'}")
    with engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == 2  # FULL
    engine.dispose()
