"""The log's public key as text, to be kept where somebody else is in charge.

A verifier key as C2SP's signed-note has it: NAME+ID+KEY in base64, with the byte 1, which means
Ed25519, before its 32 bytes.
"""

from __future__ import annotations

import base64
import binascii

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from router.audit.log.checkpoint import ED25519, key_id_of, origin_of

KEY_BYTES = 32
_PEM = b"-----BEGIN"


def verifier_key(public_key: Ed25519PublicKey) -> str:
    """One line, without its end."""
    name = origin_of(public_key)
    encoded = base64.b64encode(ED25519 + public_key.public_bytes_raw()).decode()
    return f"{name}+{key_id_of(name, public_key).hex()}+{encoded}"


def read_key(content: bytes) -> Ed25519PublicKey:
    """From a verifier key, PEM, 64 hex digits or 32 raw bytes. Raises ValueError for others."""
    if len(content) == KEY_BYTES:
        return Ed25519PublicKey.from_public_bytes(content)
    text = content.strip()
    try:
        if text.startswith(_PEM):
            key = load_pem_public_key(text)
            if not isinstance(key, Ed25519PublicKey):
                raise ValueError("not of Ed25519")
            return key
        if b"+" in text:
            return _of_verifier_key(text.decode("ascii"))
        return Ed25519PublicKey.from_public_bytes(bytes.fromhex(text.decode("ascii")))
    except (ValueError, UnsupportedAlgorithm, binascii.Error):
        raise ValueError(
            "this is no key of a log: `ringfence audit key` prints one, as NAME+ID+KEY"
        ) from None


def _of_verifier_key(text: str) -> Ed25519PublicKey:
    """Raises ValueError where its parts are not of one key."""
    _name, _key_id, encoded = text.split("+", 2)
    raw = base64.b64decode(encoded, validate=True).removeprefix(ED25519)
    key = Ed25519PublicKey.from_public_bytes(raw)
    if verifier_key(key) != text:
        raise ValueError("name, id and key are not of one log")
    return key
