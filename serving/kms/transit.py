"""The vault's keys under a key that HashiCorp Vault's Transit engine keeps: envelope encryption."""

from __future__ import annotations

import secrets
import threading
from collections import OrderedDict
from collections.abc import Callable

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from router.audit.vault.errors import KeyUnavailable
from router.audit.vault.wrapping import NONCE_BYTES, Wrapped
from router.protocols import Clock
from serving.kms.transit_client import DataKey, TransitClient

RENEW_AFTER_S = 86_400.0
"""How long one data key wraps: what is lost with one, and how soon a new version is used."""

RETRY_INTERVAL_S = 5.0
"""For how long an engine that did not answer is not asked again: a request waits with each try."""

MAX_DATA_KEYS = 1_000
"""How many data keys are in memory; each is asked for once."""

_LENGTH_BYTES = 2


class TransitKeyWrapper:
    """Wraps with AES-256-GCM under a data key of the engine's; the row's id is associated data.

    The data key's ciphertext lies beside each key that it wraps. So the engine is asked for a data
    key when the first is needed and then once a day, and for each other one once: what is in memory
    goes on through an outage. Thread-safe; nothing is asked before something is needed.
    """

    def __init__(self, client: TransitClient, key_name: str, clock: Clock) -> None:
        self._client = client
        self._prefix = f"transit:{key_name}:"
        self._clock = clock
        self._current: DataKey | None = None
        self._renew_at_s = 0.0
        self._known: OrderedDict[str, AESGCM] = OrderedDict()
        self._memory = threading.Lock()
        self._asking = threading.Lock()
        self._ask_at_s = 0.0

    @property
    def key_id(self) -> str:
        """ "transit:", the key's name, and its version. Raises KeyUnavailable before the first."""
        return f"{self._prefix}v{self._data_key().version}"

    def wrap(self, row_id: str, key: bytes) -> Wrapped:
        data_key = self._data_key()
        ciphertext, nonce = data_key.ciphertext.encode(), secrets.token_bytes(NONCE_BYTES)
        length = len(ciphertext).to_bytes(_LENGTH_BYTES)
        sealed = AESGCM(data_key.plaintext).encrypt(nonce, key, row_id.encode())
        by = f"{self._prefix}v{data_key.version}"
        return Wrapped(by, length + ciphertext + nonce + sealed)

    def unwrap(self, row_id: str, wrapped: Wrapped) -> bytes:
        if not wrapped.by.startswith(self._prefix):
            raise KeyUnavailable(f"the key {row_id} is wrapped by {wrapped.by}, not at hand")
        length = _LENGTH_BYTES + int.from_bytes(wrapped.sealed[:_LENGTH_BYTES])
        ciphertext, rest = wrapped.sealed[_LENGTH_BYTES:length], wrapped.sealed[length:]
        cipher = self._cipher(ciphertext.decode("ascii", "replace"))
        try:
            return cipher.decrypt(rest[:NONCE_BYTES], rest[NONCE_BYTES:], row_id.encode())
        except (InvalidTag, ValueError):  # ValueError: too short to be anything
            raise KeyUnavailable(f"the key {row_id} is not what was wrapped") from None

    def _data_key(self) -> DataKey:
        """The one in use. One that is to be renewed, and cannot be now, goes on."""
        current = self._current
        if current is None:
            with self._asking:
                return self._current or self._renewed()
        due = self._clock.monotonic_s() >= self._renew_at_s
        # Nobody waits for a new one who has an old one.
        if due and self._asking.acquire(blocking=False):
            try:
                return self._renewed()
            except KeyUnavailable:
                return current
            finally:
                self._asking.release()
        return current

    def _renewed(self) -> DataKey:
        made = self._asked(self._client.new_data_key)
        self._remember(made)
        self._renew_at_s = self._clock.monotonic_s() + RENEW_AFTER_S
        self._current = made
        return made

    def _cipher(self, ciphertext: str) -> AESGCM:
        known = self._remembered(ciphertext)
        if known is not None:
            return known
        with self._asking:
            known = self._remembered(ciphertext)
            return known or self._remember(self._asked(lambda: self._client.decrypted(ciphertext)))

    def _asked(self, ask: Callable[[], DataKey]) -> DataKey:
        """Raises KeyUnavailable: at once for a moment after nobody could be asked."""
        if self._clock.monotonic_s() < self._ask_at_s:
            raise KeyUnavailable("Transit could not be asked a moment ago")
        try:
            return ask()
        except ConnectionError as error:
            self._ask_at_s = self._clock.monotonic_s() + RETRY_INTERVAL_S
            raise KeyUnavailable(str(error)) from None

    def _remembered(self, ciphertext: str) -> AESGCM | None:
        with self._memory:
            known = self._known.get(ciphertext)
            if known is not None:
                self._known.move_to_end(ciphertext)
            return known

    def _remember(self, data_key: DataKey) -> AESGCM:
        with self._memory:
            cipher = self._known[data_key.ciphertext] = AESGCM(data_key.plaintext)
            while len(self._known) > MAX_DATA_KEYS:
                self._known.popitem(last=False)
            return cipher
