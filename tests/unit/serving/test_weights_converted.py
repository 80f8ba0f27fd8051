"""Weights that were converted: what from, with what, and that they are what came of it."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import pytest

from router.registry.registry import EmbeddedWeights, VllmBackend
from serving.embedded import source_of
from serving.weights import ManifestStore, WeightsError, ensure_weights, sha256_of
from serving.weights.digest import digest_of, inventory
from serving.weights.location import CONVERSION
from tests.unit.serving.weights_files import cluster_store, small_weights

NAME = "smollm2-135m-instruct"
TOOLS = {"torch": "2.13.0"}
BACKEND = VllmBackend(EmbeddedWeights(NAME), replicas=1, max_ongoing_requests=1, profiles={})


@pytest.fixture
def store(tmp_path: Path) -> ManifestStore:
    return cluster_store(tmp_path / "state")


@pytest.fixture
def converted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """In place of a conversion, which takes half a minute: its directory, as it leaves it."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    source_sha256 = sha256_of(source_of(NAME))
    models = tmp_path / "cache" / "ringfence" / "models"
    directory = small_weights(models / f"{NAME}-{source_sha256[:12]}")
    files = inventory(directory)
    said = {
        "source": {"file": "model.gguf", "sha256": source_sha256},
        "tools": TOOLS,
        "files": {name: asdict(entry) for name, entry in files.items()},
        "weights_digest": digest_of(files),
    }
    (directory / CONVERSION).write_text(json.dumps(said))
    return directory


def test_the_manifest_names_source_tools_and_result(converted: Path, store: ManifestStore) -> None:
    weights = ensure_weights(BACKEND, store=store)
    assert weights.path == converted
    conversion = weights.manifest.conversion
    assert conversion is not None
    assert conversion.source_sha256 == sha256_of(source_of(NAME))
    assert conversion.tools == TOOLS
    assert set(weights.manifest.files) == {"config.json", "nested/model.safetensors"}
    assert ensure_weights(BACKEND, store=store) == weights


def test_what_is_not_what_was_converted_is_not_imported(
    converted: Path, store: ManifestStore
) -> None:
    (converted / "extra").touch()
    with pytest.raises(WeightsError, match=r"extra is new.*Delete the directory"):
        ensure_weights(BACKEND, store=store)


def test_a_conversion_that_says_nothing_readable_is_not_served(
    converted: Path, store: ManifestStore
) -> None:
    (converted / CONVERSION).write_text("{")
    with pytest.raises(WeightsError, match="delete the directory"):
        ensure_weights(BACKEND, store=store)


def test_an_unknown_embedded_model_is_named(store: ManifestStore) -> None:
    backend = VllmBackend(EmbeddedWeights("other"), 1, 1, {})
    with pytest.raises(WeightsError, match=NAME):
        ensure_weights(backend, store=store)
