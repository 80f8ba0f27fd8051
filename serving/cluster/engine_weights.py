"""The weights of a cluster's engines: verified before they load, and in full again every day."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from router.registry.registry import RegisteredModel, VllmBackend
from serving.cluster.paths import ClusterPaths
from serving.weights import ManifestStore, Weights, ensure_weights
from serving.weights.acts import imported, mismatched
from serving.weights.background import DAY_S, BackgroundCheck
from serving.weights.manifest import Manifest
from serving.weights.record import record


def weights_of(entries: Mapping[str, RegisteredModel], paths: ClusterPaths) -> dict[str, Weights]:
    """The weights of every engine by its model's key, as their signed manifests say they are.

    Converts, hashes and signs what is new, and records that as an act. Raises WeightsError for what
    is not what its manifest or models.yaml says.
    """

    def remember(key: str, manifest: Manifest) -> None:
        record(paths.database_url, imported((key,), manifest))

    store = ManifestStore.of(paths)
    return {
        key: ensure_weights(
            entry.backend,
            entry.expected_weights_digest,
            store=store,
            on_import=partial(remember, key),
        )
        for key, entry in entries.items()
        if isinstance(entry.backend, VllmBackend)
    }


def background_check(weights: Mapping[str, Weights], paths: ClusterPaths) -> BackgroundCheck:
    """Reads all of it again every day; what is found wrong is recorded as an act."""
    return BackgroundCheck(
        weights, DAY_S, lambda found: record(paths.database_url, mismatched(found))
    )
