"""API keys: made once, shown once, kept as keyed hashes.

Keys are 256 random bits, so a fast keyed hash is enough: there is nothing to guess, and a stolen
database without the root secret cannot be used to check guesses either.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Iterable
from dataclasses import asdict, replace

from sqlalchemy import Connection, Engine, insert, update

from router.accounts.api_key import ApiKey, KeyLine, KeyScope
from router.accounts.key_rows import find_key, read_keys, row_of
from router.accounts.people.actor import CLUSTER
from router.accounts.state_version import bump_version
from router.accounts.tables import api_keys
from router.audit.acts import Act, record_act
from router.domain import GENERAL_PURPOSE, Allowance, DataClass, JsonObject, Role, Tier
from router.ids import new_id
from router.protocols import Clock
from router.store.database import reading

KEY_PREFIX = "rf-"
MAX_NAME = 128
MAX_LIFETIME_S = 36_500 * 86_400.0
_UNKNOWN = "there is no such key: ringfence keys list"


class KeyHasher:
    """`digest(key)` is what the database holds of a key: 32 bytes."""

    def __init__(self, root_secret: bytes) -> None:
        self._secret = hmac.digest(root_secret, b"ringfence api keys", hashlib.sha256)

    def digest(self, key: str) -> bytes:
        return hmac.digest(self._secret, key.encode("utf-8", "surrogateescape"), hashlib.sha256)


class KeyStore:
    """Creates, rotates, limits, revokes and lists. Every change is an act of `actor` in the log and
    bumps the version that gateways poll, in one transaction.
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
        allowance: Allowance | None = None,
        actor: str = CLUSTER,
    ) -> tuple[ApiKey, str]:
        """Returns the key's entry and the key itself, which is not kept anywhere.

        Raises ValueError as KeyScope does, for a name that is too long and for a lifetime that is
        none.
        """
        if len(name) > MAX_NAME:
            raise ValueError(f"a key's name has at most {MAX_NAME} characters")
        if lifetime_s is not None and not 0 < lifetime_s <= MAX_LIFETIME_S:
            raise ValueError("a key lives for more than 0 and at most 36,500 days; or say nothing")
        scope = KeyScope(
            team=team,
            floor=floor,
            tiers=frozenset(tiers),
            purpose=purpose,
            models=frozenset(models),
            private_only=private_only,
            roles=frozenset(roles),
            owner=owner,
            allowance=allowance or Allowance(),
        )
        now_s, key_id = self._clock.now_s(), new_id()
        expires_at_s = None if lifetime_s is None else now_s + lifetime_s
        key = ApiKey(key_id, name, scope, KeyLine((key_id,), now_s), now_s, expires_at_s)
        with self._engine.begin() as connection:
            text = self._add(connection, key)
            self._record(connection, "key.created", actor, _details(key))
        return key, text

    def rotate(
        self, key_id: str, *, overlap_s: float, actor: str = CLUSTER
    ) -> tuple[ApiKey, ApiKey, str]:
        """A new key of the same scope and lifetime; the old one expires `overlap_s` from now.

        Returns the old key's entry, the new one's and the new key itself. Raises ValueError where
        the old key is unknown, over, or has a successor already, and for an overlap that is none.
        """
        if not 0 <= overlap_s <= MAX_LIFETIME_S:
            raise ValueError("an overlap lasts for at least 0 and at most 876,000 hours")
        with self._engine.begin() as connection:
            now_s = self._clock.now_s()
            # Claimed before it is read: of two who rotate it at once, one finds it claimed.
            successor = new_id()
            claimed = connection.execute(
                update(api_keys)
                .where((api_keys.c.id == key_id) & api_keys.c.successor.is_(None))
                .values(successor=successor)
            ).rowcount
            old = find_key(connection, key_id)
            if old is None:
                raise ValueError(_UNKNOWN)
            if not claimed:
                raise ValueError(f"this key was rotated already; its successor is {old.successor}")
            if not old.is_valid(now_s):
                raise ValueError("this key is expired or revoked: ringfence keys create")
            lifetime_s = None if old.expires_at_s is None else old.expires_at_s - old.created_at_s
            new = ApiKey(
                id=successor,
                name=old.name,
                scope=old.scope,
                line=replace(old.line, ids=(*old.line.ids, successor)),
                created_at_s=now_s,
                expires_at_s=None if lifetime_s is None else now_s + lifetime_s,
                predecessor=old.id,
            )
            ends_at_s = min(now_s + overlap_s, old.expires_at_s or float("inf"))
            old = replace(old, line=new.line, expires_at_s=ends_at_s)
            connection.execute(
                update(api_keys).where(api_keys.c.id == old.id).values(expires_at_s=ends_at_s)
            )
            text = self._add(connection, new)
            self._record(connection, "key.rotated", actor, _details(old))
        return old, new, text

    def limit(
        self,
        key_id: str,
        wanted: Allowance,
        *,
        keep_others: bool = True,
        actor: str = CLUSTER,
        reason: str = "",
    ) -> tuple[ApiKey, ApiKey]:
        """Changes the allowance of a key, and of its whole line: they are counted together.

        What `wanted` does not say stays as it is, or is lifted without `keep_others`. Returns the
        key's entry before and after. Raises ValueError for an unknown key, and as KeyScope does.
        """
        with self._engine.begin() as connection:
            before = find_key(connection, key_id)
            if before is None:
                raise ValueError(_UNKNOWN)
            allowance = _over(wanted, before.scope.allowance) if keep_others else wanted
            after = replace(before, scope=replace(before.scope, allowance=allowance))
            connection.execute(
                update(api_keys).where(api_keys.c.id.in_(before.line.ids)).values(asdict(allowance))
            )
            details = _details(after) | {"before": {**asdict(before.scope.allowance)}}
            self._record(connection, "key.limited", actor, details, reason)
        return before, after

    def revoke(self, key_id: str, *, actor: str = CLUSTER, reason: str = "") -> bool:
        """Returns whether there was such a key that was not revoked yet."""
        unrevoked = (api_keys.c.id == key_id) & api_keys.c.revoked_at_s.is_(None)
        with self._engine.begin() as connection:
            now_s = self._clock.now_s()
            revoking = update(api_keys).where(unrevoked).values(revoked_at_s=now_s)
            if not connection.execute(revoking).rowcount:
                return False
            key = find_key(connection, key_id)
            # One of a newer release is not understood here, and revoked all the same.
            details: JsonObject = {"key_id": key_id} if key is None else _details(key)
            self._record(connection, "key.revoked", actor, details, reason)
        return True

    def list(self) -> list[ApiKey]:
        """All keys, oldest first."""
        with reading(self._engine).connect() as connection:
            return [key for _, key in read_keys(connection)]

    def find(self, text: str) -> ApiKey | None:
        """The entry of a key, valid or not; None for what is no key of this cluster's."""
        with reading(self._engine).connect() as connection:
            return dict(read_keys(connection)).get(self._hasher.digest(text))

    def _add(self, connection: Connection, key: ApiKey) -> str:
        text = KEY_PREFIX + secrets.token_urlsafe(32)
        connection.execute(insert(api_keys), [row_of(key, self._hasher.digest(text))])
        return text

    def _record(
        self,
        connection: Connection,
        name: str,
        actor: str,
        details: JsonObject,
        reason: str = "",
    ) -> None:
        record_act(connection, Act(name, actor, reason, details), self._clock.now_s())
        bump_version(connection)


def _details(key: ApiKey) -> JsonObject:
    scope = key.scope
    return {
        "key_id": key.id,
        "line": key.line.ids[0],
        "team": scope.team,
        "purpose": scope.purpose,
        "floor": scope.floor.label,
        "tiers": [*sorted(scope.tiers)],
        "models": [*sorted(scope.models)],
        "private_only": scope.private_only,
        "roles": [*sorted(scope.roles)],
        "owner": scope.owner,
        "allowance": {**asdict(scope.allowance)},
        "expires_at_s": key.expires_at_s,
        "successor": key.successor,
    }


def _over(wanted: Allowance, had: Allowance) -> Allowance:
    """What `wanted` says, and what `had` says where `wanted` says nothing."""
    said = {name: limit for name, limit in asdict(wanted).items() if limit is not None}
    return replace(had, **said)
