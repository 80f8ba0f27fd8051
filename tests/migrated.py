"""Empty databases with all tables: a copy is made in less time than they are migrated."""

from __future__ import annotations

import tempfile
from functools import cache
from pathlib import Path

from router.store.database import connect
from router.store.migrate import migrate
from serving.cluster.paths import ClusterPaths


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


def migrated_state(directory: Path) -> ClusterPaths:
    """A new state directory with an empty database in it, as the first command leaves it."""
    paths = ClusterPaths.of(directory)
    paths.create()
    Path(paths.database_url.removeprefix("sqlite:///")).write_bytes(migrated_sqlite())
    return paths
