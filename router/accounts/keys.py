"""API keys: made once, shown once, kept as keyed hashes.

Keys are 256 random bits, so a fast keyed hash is enough: there is nothing to guess, and a stolen
database without the root secret cannot be used to check guesses either.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import Connection, Engine, insert, select, update

from router.accounts.tables import api_keys, state_version
from router.domain import GENERAL_PURPOSE, TEAM_NAME, DataClass, Principal, Tier
from router.ids import new_id
from router.protocols import Clock

KEY_PREFIX = "rf-"


@dataclass(frozen=True, slots=True)
class ApiKey:
    """One key as it is kept: everything but the key. Times are seconds since the epoch."""

    id: str
    name: str
    team: str
    floor: DataClass
    tiers: frozenset[Tier]
    created_at_s: float
    expires_at_s: float | None
    revoked_at_s: float | None
    purpose: str = GENERAL_PURPOSE

    def is_valid(self, now_s: float) -> bool:
        expired = self.expires_at_s is not None and self.expires_at_s <= now_s
        return self.revoked_at_s is None and not expired

    @property
    def principal(self) -> Principal:
        return Principal(
            key_id=self.id,
            team=self.team,
            floor=self.floor,
            tiers=self.tiers,
            purpose=self.purpose,
        )


class KeyHasher:
    """`digest(key)` is what the database holds of a key: 32 bytes."""

    def __init__(self, root_secret: bytes) -> None:
        self._secret = hmac.digest(root_secret, b"ringfence api keys", hashlib.sha256)

    def digest(self, key: str) -> bytes:
        return hmac.digest(self._secret, key.encode("utf-8", "surrogateescape"), hashlib.sha256)


class KeyStore:
    """Creates, lists and revokes. Every change bumps the version that gateways poll."""

    def __init__(self, engine: Engine, hasher: KeyHasher, clock: Clock) -> None:
        self._engine = engine
        self._hasher = hasher
        self._clock = clock

    def create(
        self,
        *,
        team: str,
        name: str = "",
        floor: DataClass = DataClass.PUBLIC,
        tiers: Iterable[Tier] = tuple(Tier),
        lifetime_s: float | None = None,
        purpose: str = GENERAL_PURPOSE,
    ) -> tuple[ApiKey, str]:
        """Returns the key's entry and the key itself, which is not kept anywhere.

        Raises ValueError for a team's or a purpose's name that would not do, or no tier at all.
        """
        if not re.fullmatch(TEAM_NAME, team):
            raise ValueError("a team is named with a-z, 0-9, '.', '_' and '-', at most 128 of them")
        if not re.fullmatch(TEAM_NAME, purpose):
            raise ValueError("a purpose is named as teams are: a-z, 0-9, '.', '_' and '-'")
        allowed = frozenset(tiers)
        if not allowed:
            raise ValueError("a key needs at least one tier")
        text = KEY_PREFIX + secrets.token_urlsafe(32)
        now_s = self._clock.now_s()
        expires_at_s = None if lifetime_s is None else now_s + lifetime_s
        key = ApiKey(new_id(), name, team, floor, allowed, now_s, expires_at_s, None, purpose)
        row = {
            "id": key.id,
            "digest": self._hasher.digest(text),
            "name": name,
            "team": team,
            "floor": floor.label,
            "tiers": sorted(allowed),
            "created_at_s": now_s,
            "expires_at_s": expires_at_s,
            "revoked_at_s": None,
            "purpose": purpose,
        }
        with self._engine.begin() as connection:
            connection.execute(insert(api_keys), [row])
            _bump_version(connection)
        return key, text

    def revoke(self, key_id: str) -> bool:
        """Returns whether there was such a key that was not revoked yet."""
        unrevoked = (api_keys.c.id == key_id) & api_keys.c.revoked_at_s.is_(None)
        with self._engine.begin() as connection:
            changed = connection.execute(
                update(api_keys).where(unrevoked).values(revoked_at_s=self._clock.now_s())
            ).rowcount
            _bump_version(connection)
        return changed > 0

    def list(self) -> list[ApiKey]:
        """All keys, oldest first."""
        with self._engine.begin() as connection:
            return [key for _, key in read_keys(connection)]


def read_keys(connection: Connection) -> list[tuple[bytes, ApiKey]]:
    """Digest and entry of every key, oldest first."""
    rows = connection.execute(select(api_keys).order_by(api_keys.c.created_at_s)).mappings()
    return [
        (
            row["digest"],
            ApiKey(
                id=row["id"],
                name=row["name"],
                team=row["team"],
                floor=DataClass.from_label(row["floor"]),
                tiers=frozenset(Tier(tier) for tier in row["tiers"]),
                created_at_s=row["created_at_s"],
                expires_at_s=row["expires_at_s"],
                revoked_at_s=row["revoked_at_s"],
                purpose=row["purpose"],
            ),
        )
        for row in rows
    ]


def read_version(connection: Connection) -> int:
    return connection.scalar(select(state_version.c.version).where(state_version.c.id == 1)) or 0


def _bump_version(connection: Connection) -> None:
    next_version = state_version.c.version + 1
    bumped = connection.execute(update(state_version).values(version=next_version))
    if bumped.rowcount == 0:
        connection.execute(insert(state_version), [{"id": 1, "version": 1}])
