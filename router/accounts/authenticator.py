"""Who is asking: from memory on every request, at most a poll behind the database."""

from __future__ import annotations

import logging
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from router.accounts.api_key import ApiKey
from router.accounts.key_rows import read_keys
from router.accounts.keys import KeyHasher
from router.accounts.people.grants import Grant, alert, read_open_grants, roles_of
from router.accounts.people.rules import PeopleRules
from router.accounts.people.tokens import TokenVerifier
from router.accounts.standing import Standing
from router.accounts.state_version import read_version
from router.domain import Principal
from router.errors import LedgerUnavailable, NotAuthenticated
from router.protocols import Clock
from router.store.database import reading

logger = logging.getLogger(__name__)

POLL_INTERVAL_S = 0.25
MAX_STALENESS_S = 5.0

_CURE = "Send 'Authorization: Bearer rf-…'; `ringfence keys create --team TEAM` makes a key."


@dataclass(frozen=True, slots=True)
class _Known:
    """What the database said last, all of one version."""

    version: int = -1
    keys: Mapping[bytes, ApiKey] = field(default_factory=dict)
    grants: tuple[Grant, ...] = ()


class Authenticator:
    """Holds all keys and open grants in memory, and re-reads them when the version row has moved.

    Effects: owns a polling thread from `start` to `close`. If the database cannot be read for
    MAX_STALENESS_S nobody is let in: a revocation could have been missed. `standing` ends the
    answers of keys that are revoked while they are under way.
    """

    def __init__(self, engine: Engine, hasher: KeyHasher, clock: Clock) -> None:
        self._engine = reading(engine)
        self._hasher = hasher
        self._clock = clock
        self._nobodys = TokenVerifier(PeopleRules(), clock)
        self._known = _Known()
        self._read_at_s = float("-inf")
        self.standing = Standing()
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._poll, name="key-poll", daemon=True)

    def start(self) -> None:
        """Reads once, raising what the database raises, and then keeps reading."""
        self._refresh()
        self._thread.start()

    def close(self) -> None:
        self._closing.set()
        self._thread.join()

    async def admit(
        self, authorization: str | None, user_token: str | None, tokens: TokenVerifier
    ) -> Principal:
        """As `authenticate`; waits for an issuer's signing keys where a token of theirs asks so."""
        for token in (_bearer(authorization), user_token):
            if token is not None and _is_token(token):
                await tokens.prepare(token)
        return self.authenticate(authorization, user_token, tokens)

    def authenticate(
        self,
        authorization: str | None,
        user_token: str | None = None,
        tokens: TokenVerifier | None = None,
    ) -> Principal:
        """Who asks, by an API key or a person's own token; never blocks.

        `user_token` is that of the person for whom an application asks with its key; `tokens`
        believes the issuers of the policy that the request is under, None believes none. Raises
        NotAuthenticated, or LedgerUnavailable when revocations can no longer be seen.
        """
        text = _bearer(authorization)
        if text is None:
            raise NotAuthenticated(f"No API key was sent. {_CURE}")
        if self._clock.monotonic_s() - self._read_at_s > MAX_STALENESS_S:
            raise LedgerUnavailable("The list of keys cannot be read now.", retry_after_s=1)
        tokens = tokens or self._nobodys
        if _is_token(text):
            return self._person(text, user_token, tokens)
        key = self._known.keys.get(self._hasher.digest(text))
        now_s = self._clock.now_s()
        if key is None or not key.is_valid(now_s):
            raise NotAuthenticated(f"This API key is unknown, expired or revoked. {_CURE}")
        principal = self._with_grants(key.principal, key.scope.owner)
        return principal if user_token is None else self._on_behalf(principal, user_token, tokens)

    def _person(self, token: str, user_token: str | None, tokens: TokenVerifier) -> Principal:
        if user_token is not None:
            raise NotAuthenticated("A user's token goes with an application's key, not with one's.")
        person = tokens.verify(token)
        if person.team is None:
            raise NotAuthenticated("The token names no team whose request this could be.")
        return self._with_grants(person.principal(person.team), person.user)

    def _on_behalf(self, principal: Principal, user_token: str, tokens: TokenVerifier) -> Principal:
        """The user is recorded and may raise the floor; what the key may do is not widened."""
        person = tokens.verify(user_token)
        if person.team not in (None, principal.team):
            raise NotAuthenticated("The user's token is of another team than the key.")
        return replace(principal, user=person.user, floor=max(principal.floor, person.floor))

    def _with_grants(self, principal: Principal, name: str | None) -> Principal:
        grants = self._known.grants
        if not grants or name is None:
            return principal
        taken = roles_of(name, grants, self._clock.now_s())
        return replace(principal, roles=principal.roles | taken)

    def _poll(self) -> None:
        while not self._closing.wait(POLL_INTERVAL_S):
            try:
                self._refresh()
            except SQLAlchemyError as error:
                logger.warning("keys could not be read: %s", type(error).__name__)

    def _refresh(self) -> None:
        with self._engine.connect() as connection:
            version = read_version(connection)
            if version != self._known.version:
                keys = dict(read_keys(connection))
                grants = tuple(read_open_grants(connection, self._clock.now_s()))
                self._learn(_Known(version, keys, grants))
        self._read_at_s = self._clock.monotonic_s()

    def _learn(self, known: _Known) -> None:
        alerted = {grant.id for grant in self._known.grants}
        self._known = known
        self.standing.revoked_are(
            frozenset(key.id for key in known.keys.values() if key.revoked_at_s is not None)
        )
        for grant in known.grants:
            if grant.id not in alerted:
                alert(grant)


def _bearer(authorization: str | None) -> str | None:
    scheme, _, text = (authorization or "").partition(" ")
    return text.strip() or None if scheme.lower() == "bearer" else None


def _is_token(text: str) -> bool:
    """A JWS has two dots, an API key none."""
    return text.count(".") == 2
