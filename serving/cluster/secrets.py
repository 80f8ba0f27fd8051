"""The cluster's secrets: made once, one file each, mode 0600.

Public and private halves lie apart, since adapters verify clearances and must not sign them.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, MutableMapping
from pathlib import Path

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
    """Makes what is missing: root and vault key, the key pairs for clearances and for the audit
    log, Ray's token.

    Keys are raw bytes, 32 each; the token is 64 hex digits. What is there is never changed: a new
    root key would void every API key, a new vault key every text in the vault.
    """
    for key in (paths.root_key, paths.vault_key):
        if not key.exists():
            write_private(key, secrets.token_bytes(ROOT_KEY_BYTES))
    if not paths.ray_token.exists():
        write_private(paths.ray_token, secrets.token_hex(32).encode())
    _ensure_pair(paths.clearance_private_key, paths.clearance_public_key)
    _ensure_pair(paths.audit_private_key, paths.audit_public_key)


def _ensure_pair(private_file: Path, public_file: Path) -> None:
    """The private half is written last: a start that was cut off in between makes both again."""
    if private_file.exists():
        return
    key = Ed25519PrivateKey.generate()
    public = key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    private = key.private_bytes(Encoding.Raw, PrivateFormat.Raw, NoEncryption())
    write_private(public_file, public)
    write_private(private_file, private)


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
