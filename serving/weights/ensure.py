"""Weights for an engine: found, converted where needed, imported once, and compared at load."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from router.registry.registry import VllmBackend
from serving.weights.digest import differences, inventory, is_unchanged, unpaced
from serving.weights.errors import WeightsError
from serving.weights.guard import WeightsGuard
from serving.weights.location import CONVERSION, Location, locate
from serving.weights.manifest import Manifest
from serving.weights.manifest_store import ManifestStore

_MANY = 5


@dataclass(frozen=True, slots=True)
class Weights:
    """A directory that the engine loads, what its manifest says, and what guards it."""

    path: Path
    manifest: Manifest
    guard: WeightsGuard

    @property
    def digest(self) -> str:
        return self.manifest.weights_digest


def ensure_weights(
    backend: VllmBackend,
    expected: str | None = None,
    *,
    store: ManifestStore | None = None,
    on_import: Callable[[Manifest], None] = lambda _: None,
) -> Weights:
    """The weights of an engine, as their manifest says they are.

    Effects: converts an embedded model on first use; hashes on first use, and again where sizes or
    times are not as recorded or the weights are marked. Where nothing has changed no file is read.
    `expected` is the digest that models.yaml wants, None where it wants none; `store` is by default
    this user's, unsigned. `on_import` hears of weights that were here for the first time. Raises
    WeightsError where they are not what the manifest or models.yaml says.
    """
    store = store or ManifestStore.local()
    location = locate(backend)
    recorded = None if location.is_new else store.read(location.path)
    if recorded is None:
        manifest = _hashed(location)
        _must_be_expected(manifest, expected)
        store.write(manifest)
        store.unmark(location.path)
        on_import(manifest)
    else:
        _must_be_expected(recorded, expected)
        manifest = _compared(location, recorded, store)
    return _weights(location, manifest, store)


def import_weights(
    backend: VllmBackend, expected: str | None = None, *, store: ManifestStore
) -> Weights:
    """Hashes all of it whatever was recorded, and signs what is there now. Raises WeightsError.

    For weights that were put there on purpose, and for those that have been repaired.
    """
    location = locate(backend)
    manifest = _hashed(location)
    _must_be_expected(manifest, expected)
    store.write(manifest)
    store.unmark(location.path)
    return _weights(location, manifest, store)


def recorded_weights(backend: VllmBackend, store: ManifestStore) -> Weights | None:
    """The weights as their manifest has them, None without one. Neither hashes nor converts.

    Raises WeightsError.
    """
    location = locate(backend, convert=False)
    manifest = store.read(location.path)
    return None if manifest is None else _weights(location, manifest, store)


def verify_in_full(weights: Weights, pace: Callable[[int], None] = unpaced) -> None:
    """Hashes every byte and compares. Raises WeightsError, naming what differs."""
    recorded, guard = weights.manifest.files, weights.guard
    _must_agree(weights.path, differences(recorded, inventory(weights.path, guard.leave_out, pace)))


def _compared(location: Location, recorded: Manifest, store: ManifestStore) -> Manifest:
    """By sizes and times; by contents where those differ, or somebody found a mismatch before."""
    is_marked = store.mark_of(location.path) is not None
    if not is_marked and is_unchanged(location.path, recorded.files, location.leave_out):
        return recorded
    found = inventory(location.path, location.leave_out)
    _must_agree(location.path, differences(recorded.files, found))
    # The same bytes, copied or touched since: the new times are what the next start looks for.
    manifest = Manifest(location.path, found, recorded.imported_at_s, recorded.conversion)
    if store.can_write:
        store.write(manifest)
    store.unmark(location.path)
    return manifest


def _hashed(location: Location) -> Manifest:
    found = inventory(location.path, location.leave_out)
    converted = location.converted
    if converted is not None and (told := differences(converted.files, found)):
        raise WeightsError(
            f"{location.path} is not what its {CONVERSION} says: {_some(told)}. Delete the "
            "directory and start again, it will be converted anew"
        )
    conversion = None if converted is None else converted.conversion
    return Manifest(location.path, found, round(time.time(), 3), conversion)


def _weights(location: Location, manifest: Manifest, store: ManifestStore) -> Weights:
    guard = WeightsGuard(
        path=location.path,
        weights_digest=manifest.weights_digest,
        leave_out=location.leave_out,
        manifests=store.directory,
        public_key=store.public_key,
    )
    return Weights(location.path, manifest, guard)


def _must_agree(path: Path, told: tuple[str, ...]) -> None:
    if told:
        raise WeightsError(
            f"{path} is not what it was when it was imported: {_some(told)}. Put the right files "
            "back; or, if somebody changed them on purpose, `ringfence weights import ID@VERSION`"
        )


def _must_be_expected(manifest: Manifest, expected: str | None) -> None:
    if expected is not None and manifest.weights_digest != expected:
        raise WeightsError(
            f"{manifest.path} has the digest {manifest.weights_digest}, and models.yaml wants "
            f"{expected}: put the right weights there and run `ringfence weights import "
            "ID@VERSION`, or enter these in models.yaml under a version of their own"
        )


def _some(told: tuple[str, ...]) -> str:
    more = f" and {len(told) - _MANY} more" if len(told) > _MANY else ""
    return ", ".join(told[:_MANY]) + more
