"""An identity provider for tests: real keys, real tokens, a real key set."""

from __future__ import annotations

import json
import time
from typing import Any, TypeAlias

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from router.accounts.people.rules import IssuerRules
from router.domain import Role

ISSUER = "https://login.example/realms/main"
AUDIENCE = "ringfence"

PrivateKey: TypeAlias = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey

RSA = rsa.generate_private_key(public_exponent=65537, key_size=2048)
OTHER_RSA = rsa.generate_private_key(public_exponent=65537, key_size=2048)
WEAK_RSA = rsa.generate_private_key(public_exponent=65537, key_size=1024)
EC = ec.generate_private_key(ec.SECP256R1())
WIDE_EC = ec.generate_private_key(ec.SECP384R1())
ED = ed25519.Ed25519PrivateKey.generate()

_ALGORITHMS = {
    "RS256": jwt.algorithms.RSAAlgorithm,
    "ES256": jwt.algorithms.ECAlgorithm,
    "EdDSA": jwt.algorithms.OKPAlgorithm,
}


def jwk(kid: str, key: PrivateKey, algorithm: str = "RS256", **more: Any) -> dict[str, Any]:
    """The public half as an issuer publishes it."""
    said: dict[str, Any] = _ALGORITHMS[algorithm].to_jwk(key.public_key(), as_dict=True)
    said.pop("key_ops", None)
    return said | {"kid": kid, "use": "sig", "alg": algorithm} | more


def jwks(*keys: dict[str, Any]) -> bytes:
    return json.dumps({"keys": keys}).encode()


EVERYBODY = jwks(jwk("rsa", RSA), jwk("ec", EC, "ES256"), jwk("ed", ED, "EdDSA"))


def rules(**changes: Any) -> IssuerRules:
    said: dict[str, Any] = {
        "issuer": ISSUER,
        "audience": AUDIENCE,
        "algorithms": ("RS256", "ES256", "EdDSA"),
        "jwks_file": "/nowhere/jwks.json",
        "team_claim": "department",
        "teams": {"Claims": "claims", "Cardiology": "clinic"},
        "roles_claim": "realm_access.roles",
        "roles": {"rf-audit": Role.AUDITOR, "rf-admin": Role.ADMIN},
        "floor_claim": "clearance",
    }
    return IssuerRules(**said | changes)


def claims(**changes: Any) -> dict[str, Any]:
    """What a good token says; a change to None leaves the claim out."""
    now_s = int(time.time())
    said = {
        "iss": ISSUER,
        "aud": AUDIENCE,
        "sub": "7f3a",
        "iat": now_s - 60,
        "nbf": now_s - 60,
        "exp": now_s + 3_600,
        "department": "Claims",
        "realm_access": {"roles": ["rf-audit", "offline_access"]},
    }
    return {name: value for name, value in (said | changes).items() if value is not None}


def token(
    key: Any = RSA,
    algorithm: str = "RS256",
    kid: str | None = "rsa",
    **changes: Any,
) -> str:
    headers = {} if kid is None else {"kid": kid}
    return jwt.encode(claims(**changes), key, algorithm=algorithm, headers=headers)
