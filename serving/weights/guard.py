"""What a replica of an engine asks: may these weights be loaded, and may they go on serving."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from serving.weights.digest import is_unchanged
from serving.weights.errors import WeightsError
from serving.weights.manifest_store import ManifestStore

_VARIABLE = "RINGFENCE_WEIGHTS"


@dataclass(frozen=True, slots=True)
class WeightsGuard:
    """The weights that a deployment was made for: others at the same place are not served.

    `manifests` is the store's directory and `public_key` its 32 bytes, None where unsigned.
    """

    path: Path
    weights_digest: str
    leave_out: frozenset[str]
    manifests: Path
    public_key: bytes | None

    def before_loading(self) -> None:
        """Reads the manifest and no weights, so that a replica does not wait for it.

        Raises WeightsError.
        """
        self.while_serving()
        manifest = self._store().read(self.path)
        if manifest is None:
            raise WeightsError(
                f"{self.path} has no manifest any more: ringfence weights import ID@VERSION"
            )
        if manifest.weights_digest != self.weights_digest:
            raise WeightsError(
                f"{self.path} has been imported anew as {manifest.weights_digest}, and this "
                f"deployment serves {self.weights_digest}: start the cluster again, or give the "
                "new weights a version and a directory of their own"
            )
        if not is_unchanged(self.path, manifest.files, self.leave_out):
            raise WeightsError(
                f"files in {self.path} are not those of its manifest: `ringfence weights verify` "
                "says which"
            )

    def while_serving(self) -> None:
        """Raises WeightsError once the weights have been found to be others than they should."""
        reason = self._store().mark_of(self.path)
        if reason is not None:
            raise WeightsError(reason)

    def mark(self, reason: str) -> None:
        """Takes the weights out of service, for all replicas on this host."""
        self._store().mark(self.path, reason)

    def to_environment(self) -> dict[str, str]:
        """Replicas get it in a variable: Serve takes a deployment's other arguments from Ray."""
        said = {
            "path": str(self.path),
            "weights_digest": self.weights_digest,
            "leave_out": sorted(self.leave_out),
            "manifests": str(self.manifests),
            "public_key": None if self.public_key is None else self.public_key.hex(),
        }
        return {_VARIABLE: json.dumps(said, sort_keys=True)}

    @classmethod
    def from_environment(cls, environ: Mapping[str, str]) -> WeightsGuard:
        """Raises KeyError where `to_environment` was not applied."""
        said = json.loads(environ[_VARIABLE])
        public_key = said["public_key"]
        return cls(
            Path(said["path"]),
            said["weights_digest"],
            frozenset(said["leave_out"]),
            Path(said["manifests"]),
            None if public_key is None else bytes.fromhex(public_key),
        )

    def _store(self) -> ManifestStore:
        return ManifestStore(self.manifests, self.public_key)
