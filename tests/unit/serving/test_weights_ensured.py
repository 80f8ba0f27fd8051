"""Weights at load: imported once, trusted through a signed manifest, refused where they differ."""

from __future__ import annotations

import json
import os
import shutil
from contextlib import suppress
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from serving.weights import ManifestStore, Weights, WeightsError, ensure_weights, import_weights
from serving.weights.digest import digest_of, inventory
from serving.weights.ensure import verify_in_full
from serving.weights.manifest import Manifest
from tests.unit.serving.weights_files import (
    backend_at,
    cluster_store,
    flip_unseen,
    small_weights,
)

OTHER_DIGEST = "sha256:" + "0" * 64


@pytest.fixture
def checkpoint(tmp_path: Path) -> Path:
    return small_weights(tmp_path / "weights")


@pytest.fixture
def store(tmp_path: Path) -> ManifestStore:
    return cluster_store(tmp_path / "state")


def manifest_file(store: ManifestStore) -> Path:
    (file,) = store.directory.glob("*.json")
    return file


def ensured(checkpoint: Path, store: ManifestStore, expected: str | None = None) -> Weights:
    return ensure_weights(backend_at(checkpoint), expected, store=store)


def test_the_first_load_imports_and_says_so_once(checkpoint: Path, store: ManifestStore) -> None:
    heard: list[Manifest] = []
    backend = backend_at(checkpoint)
    first = ensure_weights(backend, store=store, on_import=heard.append)
    second = ensure_weights(backend, store=store, on_import=heard.append)
    assert first == second
    assert first.digest == digest_of(inventory(checkpoint))
    assert heard == [first.manifest]


def test_an_operators_directory_is_not_written_to(checkpoint: Path, store: ManifestStore) -> None:
    before = sorted(checkpoint.rglob("*"))
    ensured(checkpoint, store)
    assert sorted(checkpoint.rglob("*")) == before


def test_a_second_start_reads_no_weights(checkpoint: Path, store: ManifestStore) -> None:
    before = ensured(checkpoint, store)
    # Had it been read, the difference would have been seen: that is for the background.
    flip_unseen(checkpoint / "nested" / "model.safetensors")
    assert ensured(checkpoint, store) == before
    with pytest.raises(WeightsError, match=r"nested/model\.safetensors has another content"):
        verify_in_full(before)


def test_weights_that_changed_do_not_serve_and_are_named(
    checkpoint: Path, store: ManifestStore
) -> None:
    ensured(checkpoint, store)
    (checkpoint / "nested" / "model.safetensors").write_bytes(b"others")
    with pytest.raises(WeightsError, match=r"nested/model\.safetensors .*ringfence weights import"):
        ensured(checkpoint, store)


def test_what_was_changed_on_purpose_is_imported_on_purpose(
    checkpoint: Path, store: ManifestStore
) -> None:
    before = ensured(checkpoint, store)
    (checkpoint / "config.json").write_text("{ }")
    imported = import_weights(backend_at(checkpoint), store=store)
    assert imported.digest != before.digest
    assert ensured(checkpoint, store) == imported


def test_the_same_bytes_with_another_time_are_the_same_weights(
    checkpoint: Path, store: ManifestStore
) -> None:
    before = ensured(checkpoint, store)
    os.utime(checkpoint / "config.json", ns=(1, 1))
    after = ensured(checkpoint, store)
    assert after.digest == before.digest
    assert after.manifest.files["config.json"].mtime_ns == 1
    assert store.read(checkpoint) == after.manifest


def test_weights_that_models_yaml_does_not_want_are_refused(
    checkpoint: Path, store: ManifestStore
) -> None:
    with pytest.raises(WeightsError, match=r"models\.yaml wants sha256:0"):
        ensured(checkpoint, store, OTHER_DIGEST)
    assert store.read(checkpoint) is None, "and are not vouched for either"
    found = ensured(checkpoint, store)
    assert ensured(checkpoint, store, found.digest) == found
    with pytest.raises(WeightsError, match=r"models\.yaml wants"):
        ensured(checkpoint, store, OTHER_DIGEST)
    with pytest.raises(WeightsError, match=r"models\.yaml wants"):
        import_weights(backend_at(checkpoint), OTHER_DIGEST, store=store)


@given(at=st.floats(0, 1, exclude_max=True), bit=st.integers(0, 7))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_bit_of_a_manifest_can_be_flipped_to_make_it_say_something_else(
    checkpoint: Path, store: ManifestStore, at: float, bit: int
) -> None:
    weights = ensured(checkpoint, store)
    file = manifest_file(store)
    whole = file.read_bytes()
    changed = bytearray(whole)
    changed[int(at * len(whole))] ^= 1 << bit
    file.write_bytes(changed)
    try:
        with suppress(WeightsError):
            # White space and the case of hex digits are not of the manifest.
            assert store.read(checkpoint) == weights.manifest
    finally:
        file.write_bytes(whole)


def test_a_manifest_that_another_key_signed_is_refused(
    checkpoint: Path, store: ManifestStore
) -> None:
    forger = ManifestStore(store.directory, store.public_key, Ed25519PrivateKey.generate())
    import_weights(backend_at(checkpoint), store=forger)
    with pytest.raises(WeightsError, match="not signed with this cluster's audit key"):
        ensured(checkpoint, store)


def test_an_unsigned_manifest_is_none_to_a_cluster(checkpoint: Path, store: ManifestStore) -> None:
    import_weights(backend_at(checkpoint), store=ManifestStore(store.directory))
    with pytest.raises(WeightsError, match="not signed"):
        ensured(checkpoint, store)


def test_a_manifest_vouches_for_one_place(
    checkpoint: Path, store: ManifestStore, tmp_path: Path
) -> None:
    """Or good weights could be moved to where others are wanted, with their manifest."""
    ensured(checkpoint, store)
    ours = manifest_file(store)
    copy = shutil.copytree(checkpoint, tmp_path / "copy")
    import_weights(backend_at(copy), store=store)
    (theirs,) = (file for file in store.directory.glob("*.json") if file != ours)
    theirs.write_bytes(ours.read_bytes())
    with pytest.raises(WeightsError, match="is not the manifest of"):
        ensured(copy, store)


def test_a_host_without_the_private_key_loads_what_was_imported_elsewhere(
    checkpoint: Path, store: ManifestStore
) -> None:
    reader = ManifestStore(store.directory, store.public_key)
    with pytest.raises(WeightsError, match="no audit key to sign"):
        ensured(checkpoint, reader)
    imported = ensured(checkpoint, store)
    assert ensured(checkpoint, reader) == imported
    os.utime(checkpoint / "config.json", ns=(1, 1))
    assert ensured(checkpoint, reader).digest == imported.digest


def test_without_a_cluster_the_manifest_is_this_users_and_unsigned(
    checkpoint: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    before = ensure_weights(backend_at(checkpoint))
    file = manifest_file(ManifestStore.local())
    assert json.loads(file.read_bytes())["signature"] is None
    assert ensure_weights(backend_at(checkpoint)) == before


def test_a_directory_without_a_model_says_what_to_do(tmp_path: Path, store: ManifestStore) -> None:
    with pytest.raises(WeightsError, match=r"models\.yaml"):
        ensured(tmp_path, store)


def test_a_mark_is_lifted_only_by_hashing_everything(
    checkpoint: Path, store: ManifestStore
) -> None:
    weights = ensured(checkpoint, store)
    model = checkpoint / "nested" / "model.safetensors"
    flip_unseen(model)
    weights.guard.mark("found to be others")
    with pytest.raises(WeightsError, match="has another content"):
        ensured(checkpoint, store)
    assert store.mark_of(checkpoint) is not None
    flip_unseen(model)
    assert ensured(checkpoint, store) == weights
    assert store.mark_of(checkpoint) is None


class TestReplica:
    """What an engine's replica asks, with nothing but its environment."""

    def test_it_loads_and_serves_what_its_deployment_was_made_for(
        self, checkpoint: Path, store: ManifestStore
    ) -> None:
        guard = ensured(checkpoint, store).guard
        told = type(guard).from_environment(guard.to_environment())
        assert told == guard
        told.before_loading()
        told.while_serving()

    def test_marked_weights_stop_serving_and_are_not_loaded_again(
        self, checkpoint: Path, store: ManifestStore
    ) -> None:
        guard = ensured(checkpoint, store).guard
        guard.mark("config.json has another content")
        for ask in (guard.while_serving, guard.before_loading):
            with pytest.raises(WeightsError, match=r"config\.json has another content"):
                ask()

    def test_it_does_not_load_what_changed_since(
        self, checkpoint: Path, store: ManifestStore
    ) -> None:
        guard = ensured(checkpoint, store).guard
        (checkpoint / "config.json").write_text("{ }")
        with pytest.raises(WeightsError, match="not those of its manifest"):
            guard.before_loading()

    def test_it_does_not_load_what_was_imported_since(
        self, checkpoint: Path, store: ManifestStore
    ) -> None:
        """Its gateways would go on recording the digest of the ones before."""
        guard = ensured(checkpoint, store).guard
        (checkpoint / "config.json").write_text("{ }")
        import_weights(backend_at(checkpoint), store=store)
        with pytest.raises(WeightsError, match="imported anew"):
            guard.before_loading()

    def test_it_does_not_load_what_has_no_manifest(
        self, checkpoint: Path, store: ManifestStore
    ) -> None:
        guard = ensured(checkpoint, store).guard
        manifest_file(store).unlink()
        with pytest.raises(WeightsError, match="no manifest any more"):
            guard.before_loading()
