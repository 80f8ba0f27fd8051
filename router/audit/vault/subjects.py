"""Whom texts are about, without their names."""

from __future__ import annotations

import hashlib
import hmac

PURPOSE = "vault subjects"
"""What their secret is derived for (`TenantSecrets.purpose`)."""


class SubjectNames:
    """`secret` is 32 bytes, of `PURPOSE` alone."""

    def __init__(self, secret: bytes) -> None:
        self._secret = secret

    def digest(self, team: str, subject: str) -> str:
        """64 hex digits that stand for this name in this team; nothing in another team's.

        Names are taken as they are written: "P-17" and "p-17" are two subjects.
        """
        of_team = hmac.digest(self._secret, team.encode(), hashlib.sha256)
        name = subject.encode("utf-8", "surrogatepass")
        return hmac.digest(of_team, name, hashlib.sha256).hex()
