"""What separates tenants: secrets derived for each purpose and team from one root secret."""

from __future__ import annotations

import hashlib
import hmac


class TenantSecrets:
    def __init__(self, root_secret: bytes) -> None:
        self._root = root_secret

    def purpose(self, name: str) -> bytes:
        """32 bytes for one purpose; knowing one says nothing of another."""
        return hmac.digest(self._root, f"ringfence {name}".encode(), hashlib.sha256)

    def cache_salt(self, team: str) -> str:
        """What keeps a team's prefixes apart in an engine's cache: a shared cache tells by its
        speed what others have sent (CVE-2025-46570).
        """
        return hmac.digest(self.purpose("cache salt"), team.encode(), hashlib.sha256).hex()
