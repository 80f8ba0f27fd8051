"""The master key: what the vault's keys are wrapped with, wherever it is kept."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from router.audit.vault.errors import KeyUnavailable

KEY_BYTES = 32
NONCE_BYTES = 12
"""96 random bits under one key: NIST SP 800-38D, section 8.2.2."""


@dataclass(frozen=True, slots=True)
class Wrapped:
    """A key of the vault under the master key with the id `by`, at most 64 characters."""

    by: str
    sealed: bytes = field(repr=False)


class KeyWrapper(Protocol):
    """What an adapter of a key management service implements, as the local ones below do.

    Both methods may block: they are called in threads, `wrap` once for every request that has a key
    of its own. An adapter that asks over the network had better take a key of its own from there,
    and wrap with that.
    """

    @property
    def key_id(self) -> str:
        """Names the master key that `wrap` uses. It says nothing of the key.

        Raises KeyUnavailable where that is not to be known now; may block.
        """
        ...

    def wrap(self, row_id: str, key: bytes) -> Wrapped:
        """Binds the key to the id of its row. Raises KeyUnavailable."""
        ...

    def unwrap(self, row_id: str, wrapped: Wrapped) -> bytes:
        """Raises KeyUnavailable, also for a key of another row."""
        ...


class LocalKeyWrapper:
    """AES-256-GCM under 32 bytes that this process holds; the row's id is associated data."""

    def __init__(self, master_key: bytes, kind: str) -> None:
        if len(master_key) != KEY_BYTES:
            raise ValueError(f"a master key has {KEY_BYTES} bytes")
        self._cipher = AESGCM(master_key)
        derived = HKDF(SHA256(), 8, None, b"ringfence master key id").derive(master_key)
        self._key_id = f"{kind}:{derived.hex()}"

    @property
    def key_id(self) -> str:
        return self._key_id

    def wrap(self, row_id: str, key: bytes) -> Wrapped:
        nonce = secrets.token_bytes(NONCE_BYTES)
        return Wrapped(self._key_id, nonce + self._cipher.encrypt(nonce, key, row_id.encode()))

    def unwrap(self, row_id: str, wrapped: Wrapped) -> bytes:
        if wrapped.by != self._key_id:
            raise KeyUnavailable(f"the key {row_id} is wrapped by {wrapped.by}, not at hand")
        nonce, sealed = wrapped.sealed[:NONCE_BYTES], wrapped.sealed[NONCE_BYTES:]
        try:
            return self._cipher.decrypt(nonce, sealed, row_id.encode())
        except (InvalidTag, ValueError):  # ValueError: too short to be anything
            raise KeyUnavailable(f"the key {row_id} is not what was wrapped") from None


class FileKeyWrapper(LocalKeyWrapper):
    """With the bytes of a file, which whoever wires this has read."""

    def __init__(self, master_key: bytes) -> None:
        super().__init__(master_key, "file")


class EnvironmentKeyWrapper(LocalKeyWrapper):
    """With the 64 hex digits of an environment variable, read once."""

    def __init__(self, environ: Mapping[str, str], variable: str) -> None:
        """Raises ValueError, without the value, where it is none."""
        try:
            master_key = bytes.fromhex(environ[variable].strip())
        except (KeyError, ValueError):
            master_key = b""
        if len(master_key) != KEY_BYTES:
            raise ValueError(
                f"{variable} is no master key: set it to 64 hex digits (openssl rand -hex 32)"
            )
        super().__init__(master_key, "environment")


class KeyRing:
    """Wraps with the first, unwraps with whichever it was: for the time of a rotation."""

    def __init__(self, current: KeyWrapper, *previous: KeyWrapper) -> None:
        self._current = current
        # Not the current one's: a key management service may have to be asked for it.
        self._previous = {wrapper.key_id: wrapper for wrapper in previous}

    @property
    def key_id(self) -> str:
        return self._current.key_id

    def wrap(self, row_id: str, key: bytes) -> Wrapped:
        return self._current.wrap(row_id, key)

    def unwrap(self, row_id: str, wrapped: Wrapped) -> bytes:
        return self._previous.get(wrapped.by, self._current).unwrap(row_id, wrapped)
