"""Empty databases with all tables: a copy is made in less time than they are migrated."""

from __future__ import annotations

import tempfile
from functools import cache
from pathlib import Path

from router.store.database import connect
from router.store.migrate import migrate


@cache
def migrated_sqlite() -> bytes:
    """What to write into a file."""
    with tempfile.TemporaryDirectory() as directory:
        file = Path(directory) / "migrated.db"
        migrate_url(f"sqlite:///{file}")
        return file.read_bytes()


def migrate_url(url: str) -> None:
    engine = connect(url)
    migrate(engine)
    engine.dispose()
