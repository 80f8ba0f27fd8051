"""The cluster's secrets: made once, one file each, mode 0600.

Public and private halves lie apart, since adapters verify clearances and must not sign them.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, MutableMapping

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from serving.cluster.paths import ClusterPaths
from serving.cluster.private_files import write_private

ROOT_KEY_BYTES = 32


def ensure_secrets(paths: ClusterPaths) -> None:
    """Makes what is missing: the root key, the clearance key pair, Ray's token.

    Keys are raw bytes, 32 each; the token is 64 hex digits. What is there is never changed: a new
    root key would void every API key. The private clearance key is written last, so that a start
    that was cut off between the two halves makes both again.
    """
    if not paths.root_key.exists():
        write_private(paths.root_key, secrets.token_bytes(ROOT_KEY_BYTES))
    if not paths.ray_token.exists():
        write_private(paths.ray_token, secrets.token_hex(32).encode())
    if not paths.clearance_private_key.exists():
        key = Ed25519PrivateKey.generate()
        public = key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        private = key.private_bytes(Encoding.Raw, PrivateFormat.Raw, NoEncryption())
        write_private(paths.clearance_public_key, public)
        write_private(paths.clearance_private_key, private)


def take_credentials(
    paths: ClusterPaths, names: Iterable[str], environ: MutableMapping[str, str]
) -> frozenset[str]:
    """Moves provider credentials out of the environment into files; returns those there are.

    Ray copies the environment of whoever starts it to every process, and only adapters may hold a
    credential. One in the environment replaces the stored one; one stored earlier stays in use.
    """
    available = set()
    for name in names:
        stored = paths.providers / name
        if credential := environ.pop(name, "").strip():
            write_private(stored, credential.encode())
        if stored.is_file():
            available.add(name)
    return frozenset(available)
