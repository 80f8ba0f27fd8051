"""Where manifests are kept, signed by the cluster, and the marks on weights that must not serve.

A signature says that whoever holds the cluster's audit key hashed these files at this path, and
that nobody has edited the manifest since. It does not say that the weights were good ones: that is
what `weights_digest` in models.yaml is for. Nor is it worth anything against whoever can read
the key.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from router.audit.canonical import canonical_json
from router.domain import JsonObject
from serving.cluster.paths import ClusterPaths
from serving.cluster.private_files import write_private
from serving.weights.errors import WeightsError
from serving.weights.location import cache_root
from serving.weights.manifest import Manifest, manifest_from_json, manifest_to_json

# The audit key signs checkpoints as well: nothing signed as the one may pass for the other.
_CONTEXT = b"ringfence weights manifest v1\n"


class ManifestStore:
    """One file for each directory of weights, and a mark beside it where they must not serve.

    With `public_key` (32 bytes) only manifests that it verifies are read; without, any is, which is
    as good as the permissions of the directory. Without `private_key` none is written.
    """

    def __init__(
        self,
        directory: Path,
        public_key: bytes | None = None,
        private_key: Ed25519PrivateKey | None = None,
    ) -> None:
        self.directory = directory
        self.public_key = public_key
        self._private_key = private_key

    @classmethod
    def of(cls, paths: ClusterPaths) -> ManifestStore:
        """The cluster's own; its secrets have been made. On a host without the private half of
        the audit key weights can be loaded and not imported.
        """
        private = paths.audit_private_key
        return cls(
            paths.state / "weights",
            paths.audit_public_key.read_bytes(),
            Ed25519PrivateKey.from_private_bytes(private.read_bytes())
            if private.exists()
            else None,
        )

    @classmethod
    def local(cls) -> ManifestStore:
        """This user's, unsigned: for what runs where there is no cluster yet."""
        return cls(cache_root().parent / "weights")

    @property
    def is_signed(self) -> bool:
        return self.public_key is not None

    @property
    def can_write(self) -> bool:
        return self._private_key is not None or not self.is_signed

    def read(self, path: Path) -> Manifest | None:
        """The manifest of the weights at `path`, None where there is none. Raises WeightsError."""
        file = self._file(path)
        try:
            said = json.loads(file.read_bytes())
            signature = said["signature"]
            if self.public_key is not None:
                Ed25519PublicKey.from_public_bytes(self.public_key).verify(
                    bytes.fromhex(signature or ""), _signed_bytes(said["manifest"])
                )
            manifest = manifest_from_json(said["manifest"])
            if manifest.path != path:
                raise ValueError("of another directory")
        except FileNotFoundError:
            return None
        except InvalidSignature:
            raise WeightsError(
                f"{file} is not signed with this cluster's audit key: someone has changed it, or "
                f"the key is another one now. {_IMPORT_AGAIN}"
            ) from None
        except (ValueError, KeyError, TypeError, AttributeError):
            raise WeightsError(f"{file} is not the manifest of {path}. {_IMPORT_AGAIN}") from None
        return manifest

    def write(self, manifest: Manifest) -> None:
        """Signs and keeps it, durable when this returns. Raises WeightsError without a key."""
        if not self.can_write:
            raise WeightsError(
                f"{manifest.path} has not been imported, and this host has no audit key to sign "
                "its manifest with: run `ringfence weights import` where the key is, and copy the "
                f"manifests to {self.directory}"
            )
        said = manifest_to_json(manifest)
        signature = None
        if self._private_key is not None:
            signature = self._private_key.sign(_signed_bytes(said)).hex()
        envelope: JsonObject = {"manifest": said, "signature": signature}
        self.directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        write_private(self._file(manifest.path), json.dumps(envelope, indent=1).encode())

    def mark(self, path: Path, reason: str) -> None:
        """From now on the weights at `path` do not serve, in any replica on this host."""
        self.directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        write_private(self._mark(path), reason.encode())

    def unmark(self, path: Path) -> None:
        self._mark(path).unlink(missing_ok=True)

    def mark_of(self, path: Path) -> str | None:
        """Why the weights at `path` do not serve, None where they do. Costs one look-up."""
        try:
            return self._mark(path).read_text()
        except FileNotFoundError:
            return None

    def _file(self, path: Path) -> Path:
        return self.directory / f"{hashlib.sha256(str(path).encode()).hexdigest()[:32]}.json"

    def _mark(self, path: Path) -> Path:
        return self._file(path).with_suffix(".mismatch")


_IMPORT_AGAIN = (
    "If you know that the weights are right: `ringfence weights import ID@VERSION`, which hashes "
    "them anew"
)


def _signed_bytes(manifest: JsonObject) -> bytes:
    return _CONTEXT + canonical_json(manifest)
