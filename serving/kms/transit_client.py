"""Two calls of HashiCorp Vault's Transit engine over HTTP, as its public API documents them."""

from __future__ import annotations

import base64
import re
import ssl
from dataclasses import dataclass, field

import httpx2

from router.audit.vault.errors import KeyUnavailable
from router.audit.vault.wrapping import KEY_BYTES
from router.errors import ConfigError
from serving.kms.transit_settings import TransitSettings

TIMEOUT_S = 5.0

_REFUSED = (400, 404)
"""Statuses that say something of what was asked; others say that it could not be asked now."""

_CIPHERTEXT = re.compile(r"vault:v([1-9][0-9]{0,8}):[A-Za-z0-9+/]{1,400}={0,2}")


@dataclass(frozen=True, slots=True)
class DataKey:
    """32 bytes, and what the engine makes of `ciphertext` again: "vault:v1:…"."""

    plaintext: bytes = field(repr=False)
    ciphertext: str

    @property
    def version(self) -> int:
        """Of the key that it is under."""
        return int(self.ciphertext.split(":")[1].removeprefix("v"))


class TransitClient:
    """Every method is one request on a connection of its own: there are a few a day.

    Nothing of the environment is followed, and no redirect: the token goes to the address alone.
    """

    def __init__(self, settings: TransitSettings) -> None:
        self._settings = settings

    def new_data_key(self) -> DataKey:
        """Raises KeyUnavailable, and ConnectionError where nobody can be asked now."""
        said = self._post("datakey/plaintext", {"bits": KEY_BYTES * 8})
        ciphertext = said.get("ciphertext", "")
        if not _CIPHERTEXT.fullmatch(ciphertext):
            raise KeyUnavailable("Transit answered with what is no data key")
        return DataKey(_key_bytes(said), ciphertext)

    def decrypted(self, ciphertext: str) -> DataKey:
        """Raises KeyUnavailable for what no version of the key has made, and ConnectionError."""
        if not _CIPHERTEXT.fullmatch(ciphertext):
            raise KeyUnavailable("what is stored is no data key of Transit's")
        said = self._post("decrypt", {"ciphertext": ciphertext})
        return DataKey(_key_bytes(said), ciphertext)

    def _post(self, operation: str, body: dict[str, object]) -> dict[str, str]:
        """The `data` of the answer. Its errors are not passed on: nobody knows what they quote."""
        where = self._settings
        try:
            with httpx2.Client(
                base_url=where.address,
                verify=_trust(where),
                trust_env=False,
                follow_redirects=False,
                timeout=TIMEOUT_S,
            ) as client:
                answer = client.post(
                    f"/v1/{where.mount}/{operation}/{where.key}", json=body, headers=self._headers()
                )
        except ConfigError:
            raise ConnectionError(f"{where.token!r} has no token for Transit") from None
        except (httpx2.HTTPError, OSError) as error:
            raise ConnectionError(f"Transit cannot be reached: {type(error).__name__}") from None
        said = f"Transit answered {answer.status_code} to {operation}"
        if answer.status_code in _REFUSED:
            raise KeyUnavailable(said)
        if answer.status_code != 200:
            raise ConnectionError(said)
        return _data_of(answer)

    def _headers(self) -> dict[str, str]:
        headers = {"x-vault-token": self._settings.token(), "x-vault-request": "true"}
        if self._settings.namespace is not None:
            headers["x-vault-namespace"] = self._settings.namespace
        return headers


def _trust(settings: TransitSettings) -> ssl.SSLContext:
    if settings.ca_file is None:
        return httpx2.create_ssl_context(trust_env=False)
    # Whoever names an authority of their own trusts no other.
    return ssl.create_default_context(cafile=settings.ca_file)


def _data_of(answer: httpx2.Response) -> dict[str, str]:
    try:
        data = answer.json()["data"]
        return {name: value for name, value in data.items() if isinstance(value, str)}
    except (ValueError, KeyError, TypeError, AttributeError):
        raise KeyUnavailable("Transit's answer is none") from None


def _key_bytes(said: dict[str, str]) -> bytes:
    try:
        key = base64.b64decode(said.get("plaintext", ""), validate=True)
    except ValueError:
        key = b""
    if len(key) != KEY_BYTES:
        raise KeyUnavailable(f"Transit's data key has not {KEY_BYTES} bytes")
    return key
