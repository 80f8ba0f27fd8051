"""Tokens of identity providers: believed when signature, issuer, audience and times are right."""

from __future__ import annotations

import asyncio
import base64
import json
import re
from collections.abc import Callable, Mapping
from typing import Any

import jwt

from router.accounts.people.claims import floor_of, roles_in, team_of
from router.accounts.people.fetch import read_jwks
from router.accounts.people.jwks import SigningKeys
from router.accounts.people.person import Person
from router.accounts.people.rules import IssuerRules, PeopleRules
from router.errors import NotAuthenticated
from router.protocols import Clock

MAX_TOKEN_BYTES = 16 * 1024
LEEWAY_S = 30
"""How far the issuer's clock may be from ours."""

_SUBJECT = re.compile(r"[\x21-\x7e](?:[\x20-\x7e]{0,253}[\x21-\x7e])?")
"""OpenID Connect Core 1.0, section 2: at most 255 characters of ASCII."""
_REQUIRED = ("exp", "iat", "iss", "aud", "sub")
# The library wraps most of what can be wrong with a token, and not all of it.
_BAD = (jwt.PyJWTError, ValueError, TypeError, OverflowError, RecursionError, AttributeError)
_REFUSAL = (
    "This token is not one that is believed here: it is expired, not yet valid, for another "
    "audience, or not signed by a key of its issuer. Sign in again."
)


class TokenVerifier:
    """Verifies tokens of the policy's issuers, with keys that are kept in memory.

    `verify` never blocks. `prepare` comes before it where one may wait: it has the keys read that a
    token asks for, in a thread, once for all who wait.
    """

    def __init__(
        self,
        rules: PeopleRules,
        clock: Clock,
        read: Callable[[IssuerRules], bytes] = read_jwks,
    ) -> None:
        self._rules = rules
        self._clock = clock
        self._read = read
        self._issuers = {each.issuer: SigningKeys(each, clock, read) for each in rules.issuers}
        self._refreshes: dict[str, asyncio.Task[None]] = {}

    def following(self, rules: PeopleRules) -> TokenVerifier:
        """The verifier of other rules; what is known of an issuer goes over where its entry is the
        same, so that nobody has to wait, or to be refused, because something else was changed.
        """
        if rules == self._rules:
            return self
        other = TokenVerifier(rules, self._clock, self._read)
        for issuer, keys in self._issuers.items():
            if issuer in other._issuers and other._issuers[issuer].rules == keys.rules:
                other._issuers[issuer] = keys
        return other

    def verify(self, token: str) -> Person:
        """Raises NotAuthenticated for whatever is wrong with the token."""
        try:
            keys, kid, algorithm = self._asks_for(token)
            key = keys.find(kid, algorithm)
            if key is None or algorithm not in keys.rules.algorithms:
                raise NotAuthenticated(_REFUSAL)
            claims = jwt.decode(
                token,
                key.public,
                algorithms=[algorithm],
                audience=keys.rules.audience,
                issuer=keys.rules.issuer,
                leeway=LEEWAY_S,
                options={"require": list(_REQUIRED)},
            )
        except _BAD:
            raise NotAuthenticated(_REFUSAL) from None
        return _person(claims, keys.rules)

    async def prepare(self, token: str) -> None:
        """Waits for the issuer's keys where the token's is not known; raises nothing."""
        try:
            keys, kid, algorithm = self._asks_for(token)
        except _BAD:
            return
        issuer = keys.rules.issuer
        if issuer not in self._refreshes and keys.wants_refresh(kid, algorithm):
            task = asyncio.create_task(asyncio.to_thread(keys.refresh))
            self._refreshes[issuer] = task
            task.add_done_callback(lambda _done: self._refreshes.pop(issuer, None))
        refresh = self._refreshes.get(issuer)
        if refresh is not None and keys.find(kid, algorithm) is None:
            await asyncio.shield(refresh)

    def _asks_for(self, token: str) -> tuple[SigningKeys, str, str]:
        """Whose key a token says that it is signed by. Nothing of it is believed yet."""
        if len(token) > MAX_TOKEN_BYTES:
            raise ValueError("too long")
        header, claims, _signature = token.split(".")
        issuer = _unverified(claims).get("iss")
        said = _unverified(header)
        keys = self._issuers.get(issuer) if isinstance(issuer, str) else None
        kid, algorithm = said.get("kid"), said.get("alg")
        if keys is None or not isinstance(kid, str) or not isinstance(algorithm, str):
            raise ValueError("no issuer of ours")
        return keys, kid, algorithm


def _unverified(part: str) -> Mapping[str, Any]:
    """A part of a token, read leniently and fast; the library reads it strictly before it counts.

    Raises ValueError for what is no JSON object.
    """
    said = json.loads(base64.urlsafe_b64decode(f"{part}=="))
    if not isinstance(said, dict):
        raise ValueError("no object")
    return said


def _person(claims: Mapping[str, Any], rules: IssuerRules) -> Person:
    subject = claims["sub"]
    if not isinstance(subject, str) or not _SUBJECT.fullmatch(subject):
        raise NotAuthenticated("The token's subject is none that can be recorded.")
    return Person(
        user=f"{rules.issuer}#{subject}",
        team=team_of(claims, rules),
        roles=roles_in(claims, rules),
        floor=floor_of(claims, rules),
    )
