"""The keys by which an issuer signs: as published (RFC 7517), and as kept in memory."""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from router.accounts.people.fetch import KeysUnreadable, read_jwks
from router.accounts.people.rules import IssuerRules
from router.protocols import Clock

logger = logging.getLogger(__name__)

REFRESH_S = 600.0
"""After so long keys are read again although nothing is missing: a withdrawn one has to go."""
RETRY_S = 10.0
"""At most so often, whatever tokens come: anybody can write an unknown key's id into one."""
KEEP_S = 86_400.0
"""For so long what was read last counts while the issuer cannot be reached."""

MIN_RSA_BITS = 2048
MAX_KEYS = 100


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A public key, and the one algorithm that it is for (RFC 8725, section 3.1)."""

    algorithm: str
    public: Any = field(repr=False)


def parse_jwks(content: bytes) -> dict[tuple[str, str], SigningKey]:
    """The usable keys of a set, by id and algorithm; the others are left out.

    Usable is a public RSA key of 2048 bits and more, one on P-256 or Ed25519, with an id, for
    signatures. Raises KeysUnreadable for what is no key set.
    """
    try:
        said = json.loads(content)
        entries = said["keys"]
    except (ValueError, KeyError, TypeError, RecursionError):
        raise KeysUnreadable("not a JWK set") from None
    if not isinstance(entries, list):
        raise KeysUnreadable("not a JWK set")
    return {
        (kid, key.algorithm): key for entry in entries[:MAX_KEYS] for kid, key in _usable(entry)
    }


def _usable(entry: object) -> Iterator[tuple[str, SigningKey]]:
    if not isinstance(entry, dict) or entry.get("kty") not in ("RSA", "EC", "OKP"):
        return
    kid, use = entry.get("kid"), entry.get("use", "sig")
    if not isinstance(kid, str) or use != "sig":
        return
    try:
        public = jwt.PyJWK({name: said for name, said in entry.items() if name != "alg"}).key
    except (jwt.PyJWTError, ValueError, TypeError, KeyError, AttributeError, OverflowError):
        return
    algorithm = _algorithm(public)
    if algorithm is not None and entry.get("alg", algorithm) == algorithm:
        yield kid, SigningKey(algorithm, public)


def _algorithm(public: object) -> str | None:
    """A private key that somebody published by mistake is nobody's signature any more: None."""
    match public:
        case RSAPublicKey() if public.key_size >= MIN_RSA_BITS:
            return "RS256"
        case EllipticCurvePublicKey() if isinstance(public.curve, SECP256R1):
            return "ES256"
        case Ed25519PublicKey():
            return "EdDSA"
        case _:
            return None


class SigningKeys:
    """One issuer's keys in memory. `find` never blocks; `refresh` does, and never raises."""

    def __init__(
        self,
        rules: IssuerRules,
        clock: Clock,
        read: Callable[[IssuerRules], bytes] = read_jwks,
    ) -> None:
        self.rules = rules
        self._clock = clock
        self._read = read
        self._keys: Mapping[tuple[str, str], SigningKey] = {}
        self._read_at_s = float("-inf")
        self._tried_at_s = float("-inf")
        self._refreshing = threading.Lock()

    def find(self, kid: str, algorithm: str) -> SigningKey | None:
        if self._clock.monotonic_s() - self._read_at_s > KEEP_S:
            return None
        return self._keys.get((kid, algorithm))

    def wants_refresh(self, kid: str, algorithm: str) -> bool:
        """Whether reading again may help, and is not too soon."""
        now_s = self._clock.monotonic_s()
        missing = self.find(kid, algorithm) is None
        wanted = missing or now_s - self._read_at_s > REFRESH_S
        return wanted and now_s - self._tried_at_s >= RETRY_S

    def refresh(self) -> None:
        """Reads the keys once, whoever else asks meanwhile. What cannot be read changes nothing."""
        with self._refreshing:
            now_s = self._clock.monotonic_s()
            if now_s - self._tried_at_s < RETRY_S:
                return
            self._tried_at_s = now_s
            try:
                self._keys = parse_jwks(self._read(self.rules))
            except KeysUnreadable as error:
                logger.warning("the keys of %s cannot be read: %s", self.rules.issuer, error)
            else:
                self._read_at_s = self._clock.monotonic_s()
