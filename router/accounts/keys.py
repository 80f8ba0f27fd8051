"""API keys: made once, shown once, kept as keyed hashes.

Keys are 256 random bits, so a fast keyed hash is enough: there is nothing to guess, and a stolen
database without the root secret cannot be used to check guesses either.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Iterable
from dataclasses import replace

from sqlalchemy import Connection, Engine, insert, select, update

from router.accounts.api_key import ApiKey, KeyScope
from router.accounts.key_rows import key_of, read_keys, row_of
from router.accounts.people.actor import CLUSTER
from router.accounts.state_version import bump_version
from router.accounts.tables import api_keys
from router.audit.acts import Act, record_act
from router.domain import GENERAL_PURPOSE, DataClass, JsonObject, Role, Tier
from router.ids import new_id
from router.protocols import Clock
from router.store.database import reading

KEY_PREFIX = "rf-"
MAX_NAME = 128


class KeyHasher:
    """`digest(key)` is what the database holds of a key: 32 bytes."""

    def __init__(self, root_secret: bytes) -> None:
        self._secret = hmac.digest(root_secret, b"ringfence api keys", hashlib.sha256)

    def digest(self, key: str) -> bytes:
        return hmac.digest(self._secret, key.encode("utf-8", "surrogateescape"), hashlib.sha256)


class KeyStore:
    """Creates, rotates, revokes and lists. Every change is an act of `actor` in the log, and bumps
    the version that gateways poll, in one transaction.
    """

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
        models: Iterable[str] = (),
        private_only: bool = False,
        roles: Iterable[Role] = (Role.DEVELOPER,),
        owner: str | None = None,
        actor: str = CLUSTER,
    ) -> tuple[ApiKey, str]:
        """Returns the key's entry and the key itself, which is not kept anywhere.

        Raises ValueError as KeyScope does, and for a name that is too long.
        """
        if len(name) > MAX_NAME:
            raise ValueError(f"a key's name has at most {MAX_NAME} characters")
        scope = KeyScope(
            team=team,
            floor=floor,
            tiers=frozenset(tiers),
            purpose=purpose,
            models=frozenset(models),
            private_only=private_only,
            roles=frozenset(roles),
            owner=owner,
        )
        now_s = self._clock.now_s()
        expires_at_s = None if lifetime_s is None else now_s + lifetime_s
        key = ApiKey(new_id(), name, scope, now_s, expires_at_s)
        with self._engine.begin() as connection:
            text = self._add(connection, key)
            self._record(connection, "key.created", actor, key)
        return key, text

    def rotate(
        self, key_id: str, *, overlap_s: float, actor: str = CLUSTER
    ) -> tuple[ApiKey, ApiKey, str]:
        """A new key of the same scope and lifetime; the old one expires `overlap_s` from now.

        Returns the old key's entry, the new one's and the new key itself. Raises ValueError where
        the old key is unknown, over, or has a successor already.
        """
        with self._engine.begin() as connection:
            now_s = self._clock.now_s()
            # Claimed before it is read: of two who rotate it at once, one finds it claimed.
            successor = new_id()
            claimed = connection.execute(
                update(api_keys)
                .where((api_keys.c.id == key_id) & api_keys.c.successor.is_(None))
                .values(successor=successor)
            ).rowcount
            found = connection.execute(select(api_keys).where(api_keys.c.id == key_id)).mappings()
            row = found.first()
            if row is None:
                raise ValueError("there is no such key: ringfence keys list")
            old = key_of(row)
            if not claimed:
                raise ValueError(f"this key was rotated already; its successor is {old.successor}")
            if not old.is_valid(now_s):
                raise ValueError("this key is expired or revoked: ringfence keys create")
            lifetime_s = None if old.expires_at_s is None else old.expires_at_s - old.created_at_s
            new = ApiKey(
                id=successor,
                name=old.name,
                scope=old.scope,
                created_at_s=now_s,
                first_made_at_s=old.created_at_s,
                expires_at_s=None if lifetime_s is None else now_s + lifetime_s,
                predecessor=old.id,
            )
            ends_at_s = min(now_s + overlap_s, old.expires_at_s or float("inf"))
            old = replace(old, expires_at_s=ends_at_s)
            connection.execute(
                update(api_keys).where(api_keys.c.id == old.id).values(expires_at_s=ends_at_s)
            )
            text = self._add(connection, new)
            self._record(connection, "key.rotated", actor, old)
        return old, new, text

    def revoke(self, key_id: str, *, actor: str = CLUSTER, reason: str = "") -> bool:
        """Returns whether there was such a key that was not revoked yet."""
        unrevoked = (api_keys.c.id == key_id) & api_keys.c.revoked_at_s.is_(None)
        with self._engine.begin() as connection:
            now_s = self._clock.now_s()
            revoking = update(api_keys).where(unrevoked).values(revoked_at_s=now_s)
            if not connection.execute(revoking).rowcount:
                return False
            found = connection.execute(select(api_keys).where(api_keys.c.id == key_id)).mappings()
            self._record(connection, "key.revoked", actor, key_of(found.one()), reason)
        return True

    def list(self) -> list[ApiKey]:
        """All keys, oldest first."""
        with reading(self._engine).connect() as connection:
            return [key for _, key in read_keys(connection)]

    def find(self, text: str) -> ApiKey | None:
        """The entry of a key, valid or not; None for what is no key of this cluster's."""
        theirs = select(api_keys).where(api_keys.c.digest == self._hasher.digest(text))
        with reading(self._engine).connect() as connection:
            row = connection.execute(theirs).mappings().first()
        return None if row is None else key_of(row)

    def _add(self, connection: Connection, key: ApiKey) -> str:
        text = KEY_PREFIX + secrets.token_urlsafe(32)
        connection.execute(insert(api_keys), [row_of(key, self._hasher.digest(text))])
        return text

    def _record(
        self, connection: Connection, name: str, actor: str, key: ApiKey, reason: str = ""
    ) -> None:
        act = Act(name, actor, reason, _details(key))
        record_act(connection, act, self._clock.now_s())
        bump_version(connection)


def _details(key: ApiKey) -> JsonObject:
    scope = key.scope
    return {
        "key_id": key.id,
        "team": scope.team,
        "purpose": scope.purpose,
        "floor": scope.floor.label,
        "tiers": [*sorted(scope.tiers)],
        "models": [*sorted(scope.models)],
        "private_only": scope.private_only,
        "roles": [*sorted(scope.roles)],
        "owner": scope.owner,
        "expires_at_s": key.expires_at_s,
        "successor": key.successor,
    }
