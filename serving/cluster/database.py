"""The cluster's database, opened from its state directory; used by the command line."""

from __future__ import annotations

import os

from sqlalchemy import Engine

from router.store.database import connect
from router.store.migrate import migrate
from serving.cluster.database_url import refuse_another_database
from serving.cluster.paths import ClusterPaths
from serving.cluster.secrets import ensure_secrets


def open_database(paths: ClusterPaths) -> Engine:
    """Makes state directory, secrets and tables where they are missing.

    Raises ValueError where the environment names another database than the cluster's.
    """
    refuse_another_database(paths, os.environ)
    paths.create()
    ensure_secrets(paths)
    engine = connect(paths.database_url)
    migrate(engine)
    return engine
