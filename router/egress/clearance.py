"""Clearances: signed, expiring statements that exactly this body may go to exactly that model (I1).

The gateway holds the private key and signs; adapters hold the public key alone, so an adapter can
check a clearance and cannot make one. The token is `base64url(payload) . base64url(signature)`,
the payload canonical JSON, the signature Ed25519 over the payload's bytes.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from dataclasses import asdict, dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from router.domain import Decision, ModelSpec
from router.errors import EgressRefused
from router.ids import new_id


@dataclass(frozen=True, slots=True)
class Clearance:
    """`id` makes it usable once; `expires_at_s` is seconds since the epoch."""

    id: str
    request_id: str
    model: str
    attempt: int
    origin: str
    path: str
    body_sha256: str
    expires_at_s: float


class ClearanceOffice:
    """Signs clearances, and only for what a decision permits."""

    def __init__(self, private_key: Ed25519PrivateKey) -> None:
        self._private_key = private_key

    def issue(
        self,
        *,
        decision: Decision,
        model: ModelSpec,
        request_id: str,
        attempt: int,
        path: str,
        body: bytes,
        expires_at_s: float,
    ) -> str:
        """Raises EgressRefused if the decision does not permit the model or the model the class."""
        if model.key not in decision.permitted or decision.data_class not in model.approved:
            raise EgressRefused(f"{model.key} is not permitted for {decision.data_class.label}")
        if model.origin is None:
            raise EgressRefused(f"{model.key} has no origin that a body could be sent to")
        clearance = Clearance(
            id=new_id(),
            request_id=request_id,
            model=model.key,
            attempt=attempt,
            origin=model.origin,
            path=path,
            body_sha256=hashlib.sha256(body).hexdigest(),
            expires_at_s=expires_at_s,
        )
        payload = json.dumps(asdict(clearance), sort_keys=True, separators=(",", ":")).encode()
        return f"{_encode(payload)}.{_encode(self._private_key.sign(payload))}"


def verify(
    token: str | None,
    *,
    public_key: Ed25519PublicKey,
    model: str,
    origin: str,
    path: str,
    body: bytes,
    now_s: float,
) -> Clearance:
    """Returns the clearance if it covers exactly this body, place and model, and is not expired.

    Raises EgressRefused otherwise, naming which part does not hold.
    """
    if token is None:
        raise EgressRefused("no clearance")
    try:
        encoded_payload, encoded_signature = token.split(".")
        payload, signature = _decode(encoded_payload), _decode(encoded_signature)
        public_key.verify(signature, payload)
        clearance = Clearance(**json.loads(payload))
    except (ValueError, TypeError, binascii.Error, InvalidSignature) as error:
        raise EgressRefused("the clearance is not one that the gateway signed") from error
    if clearance.expires_at_s <= now_s:
        raise EgressRefused("the clearance has expired")
    for name, cleared, actual in (
        ("model", clearance.model, model),
        ("origin", clearance.origin, origin),
        ("path", clearance.path, path),
        ("body", clearance.body_sha256, hashlib.sha256(body).hexdigest()),
    ):
        if cleared != actual:
            raise EgressRefused(f"the clearance is for another {name}")
    return clearance


def _encode(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _decode(text: str) -> bytes:
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
