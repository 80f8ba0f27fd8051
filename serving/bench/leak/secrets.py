"""The secrets of a run: made for it, in files that only their owner reads."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

_ROOT, _VAULT, _CLEARANCE, _AUDIT = "root.key", "vault.key", "clearance.key", "audit.key"


def make_secrets(directory: Path) -> None:
    for name in (_ROOT, _VAULT):
        _write(directory / name, secrets.token_bytes(32))
    for name in (_CLEARANCE, _AUDIT):
        _write(directory / name, Ed25519PrivateKey.generate().private_bytes_raw())


def read_root_secret(directory: Path) -> bytes:
    return (directory / _ROOT).read_bytes()


def read_vault_key(directory: Path) -> bytes:
    return (directory / _VAULT).read_bytes()


def read_clearance_key(directory: Path) -> Ed25519PrivateKey:
    return _signing_key(directory / _CLEARANCE)


def read_audit_key(directory: Path) -> Ed25519PrivateKey:
    return _signing_key(directory / _AUDIT)


def _signing_key(file: Path) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(file.read_bytes())


def _write(path: Path, content: bytes) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
