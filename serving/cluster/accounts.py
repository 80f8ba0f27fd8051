"""The cluster's key store, opened from its state directory; used by the command line."""

from __future__ import annotations

from router.accounts.keys import KeyHasher, KeyStore
from router.clock import SystemClock
from serving.cluster.database import open_database
from serving.cluster.paths import ClusterPaths
from serving.cluster.private_files import write_private

FIRST_TEAM = "default"


def open_key_store(paths: ClusterPaths) -> KeyStore:
    """Makes state directory, secrets and tables where they are missing."""
    engine = open_database(paths)
    return KeyStore(engine, KeyHasher(paths.root_key.read_bytes()), SystemClock())


def first_key(paths: ClusterPaths) -> str | None:
    """The key that the first start makes, kept in a file of mode 0600 for whoever starts again.

    None once the file was taken away: the key stays valid, and only its hash is in the database.
    """
    store = open_key_store(paths)
    if paths.first_key_file.exists():
        return paths.first_key_file.read_text().strip()
    if store.list():
        return None
    _, text = store.create(team=FIRST_TEAM, name="first key")
    write_private(paths.first_key_file, text.encode())
    return text
