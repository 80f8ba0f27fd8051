"""One key of the vault at work: texts encrypted in their place, and keyed digests of texts."""

from __future__ import annotations

import hmac
import secrets
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from router.audit.canonical import canonical_json
from router.audit.vault.errors import TextDamaged
from router.audit.vault.wrapping import KEY_BYTES, NONCE_BYTES
from router.domain import DataClass

DIGEST_PREFIX = "hmac-sha256:"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a text belongs. It is authenticated with it: moved elsewhere, a text does not open.

    `part` is a Part, or the name of another text that is kept with the record's.
    """

    request_id: str
    part: str
    data_class: DataClass

    def associated_data(self) -> bytes:
        return canonical_json(
            {
                "request_id": self.request_id,
                "part": str(self.part),
                "data_class": self.data_class.label,
            }
        )


@dataclass(frozen=True, slots=True)
class TextKey:
    """32 random bytes under the id of their row; a key for each use comes of them by HKDF."""

    id: str
    material: bytes = field(repr=False)

    @classmethod
    def new(cls, row_id: str) -> TextKey:
        return cls(row_id, secrets.token_bytes(KEY_BYTES))

    def digest(self, text: bytes) -> str:
        """ "hmac-sha256:" and 64 hex digits."""
        key = self._derived(b"ringfence vault digest")
        # In two steps: this one lets other threads run while it reads a long text.
        return DIGEST_PREFIX + hmac.new(key, text, "sha256").hexdigest()

    def seal(self, place: Place, text: bytes) -> bytes:
        """AES-256-GCM: the nonce, the text's ciphertext, the tag."""
        nonce = secrets.token_bytes(NONCE_BYTES)
        return nonce + self._cipher().encrypt(nonce, text, place.associated_data())

    def open(self, place: Place, sealed: bytes) -> bytes:
        """Raises TextDamaged for anything but what was sealed under this key for this place."""
        nonce, rest = sealed[:NONCE_BYTES], sealed[NONCE_BYTES:]
        try:
            return self._cipher().decrypt(nonce, rest, place.associated_data())
        except (InvalidTag, ValueError):
            raise TextDamaged(
                f"the {place.part} of {place.request_id} is not what was sealed there"
            ) from None

    def _cipher(self) -> AESGCM:
        return AESGCM(self._derived(b"ringfence vault text"))

    def _derived(self, use: bytes) -> bytes:
        return HKDF(SHA256(), KEY_BYTES, None, use).derive(self.material)
