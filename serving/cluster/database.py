"""The cluster's database, opened from its state directory; used by the command line."""

from __future__ import annotations

from sqlalchemy import Engine

from router.store.database import connect
from router.store.migrate import migrate
from serving.cluster.paths import ClusterPaths
from serving.cluster.secrets import ensure_secrets


def open_database(paths: ClusterPaths) -> Engine:
    """Makes state directory, secrets and tables where they are missing."""
    paths.create()
    ensure_secrets(paths)
    engine = connect(paths.database_url)
    migrate(engine)
    return engine
