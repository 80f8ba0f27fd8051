"""Small weights for tests, and the cluster that imports them."""

from __future__ import annotations

import os
from pathlib import Path

from router.registry.registry import VllmBackend, WeightsDirectory
from serving.cluster.paths import ClusterPaths
from serving.cluster.secrets import ensure_secrets
from serving.weights import ManifestStore


def backend_at(path: Path) -> VllmBackend:
    return VllmBackend(WeightsDirectory(path), replicas=1, max_ongoing_requests=1, profiles={})


def small_weights(directory: Path) -> Path:
    (directory / "nested").mkdir(parents=True)
    (directory / "config.json").write_text("{}")
    (directory / "nested" / "model.safetensors").write_bytes(b"weights")
    return directory


def cluster_store(state: Path) -> ManifestStore:
    """The manifests of a cluster that has its secrets."""
    paths = ClusterPaths.of(state)
    paths.secrets.mkdir(parents=True, exist_ok=True, mode=0o700)
    ensure_secrets(paths)
    return ManifestStore.of(paths)


def flip_unseen(file: Path) -> None:
    """Other bytes with the size and the time that were there before."""
    before = file.stat()
    content = bytearray(file.read_bytes())
    content[-1] ^= 1
    file.write_bytes(content)
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))
