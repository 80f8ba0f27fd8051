"""The weights of a cluster's engines: verified before they load, and in full again every day."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

from router.registry.registry import RegisteredModel, VllmBackend
from serving.cluster.paths import ClusterPaths
from serving.weights import ManifestStore, Weights, ensure_weights
from serving.weights.acts import imported, mismatched
from serving.weights.background import DAY_S, BackgroundCheck
from serving.weights.manifest import Manifest
from serving.weights.record import record


def weights_of(
    entries: Mapping[str, RegisteredModel],
    paths: ClusterPaths,
    on_import: Callable[[str, Manifest], None] = lambda _key, _manifest: None,
) -> dict[str, Weights]:
    """The weights of every engine by its model's key, as their signed manifests say they are.

    Raises WeightsError for what is not what its manifest or models.yaml says.
    """
    store = ManifestStore.of(paths)
    return {
        key: ensure_weights(
            entry.backend,
            entry.expected_weights_digest,
            store=store,
            on_import=partial(on_import, key),
        )
        for key, entry in entries.items()
        if isinstance(entry.backend, VllmBackend)
    }


def checked_weights(entries: Mapping[str, RegisteredModel], paths: ClusterPaths) -> BackgroundCheck:
    """Converts, hashes and signs what is new; what it returns reads all of it again every day.

    Imports, and what is found wrong, are recorded as acts. Raises as `weights_of` does.
    """

    def remember(key: str, manifest: Manifest) -> None:
        record(paths.database_url, imported((key,), manifest))

    return BackgroundCheck(
        weights_of(entries, paths, remember),
        DAY_S,
        lambda found: record(paths.database_url, mismatched(found)),
    )
