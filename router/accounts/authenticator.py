"""Who is asking: from memory on every request, at most a poll behind the database."""

from __future__ import annotations

import logging
import threading
from collections.abc import Mapping

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from router.accounts.keys import ApiKey, KeyHasher, read_keys, read_version
from router.domain import Principal
from router.errors import LedgerUnavailable, NotAuthenticated
from router.protocols import Clock
from router.store.database import reading

logger = logging.getLogger(__name__)

POLL_INTERVAL_S = 0.25
MAX_STALENESS_S = 5.0

_CURE = "Send 'Authorization: Bearer rf-…'; `ringfence keys create --team TEAM` makes a key."


class Authenticator:
    """Holds all keys in memory and re-reads them when the version row has moved.

    Effects: owns a polling thread from `start` to `close`. If the database cannot be read for
    MAX_STALENESS_S nobody is let in: a revocation could have been missed.
    """

    def __init__(self, engine: Engine, hasher: KeyHasher, clock: Clock) -> None:
        self._engine = reading(engine)
        self._hasher = hasher
        self._clock = clock
        self._keys: Mapping[bytes, ApiKey] = {}
        self._version = -1
        self._read_at_s = float("-inf")
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._poll, name="key-poll", daemon=True)

    def start(self) -> None:
        """Reads once, raising what the database raises, and then keeps reading."""
        self._refresh()
        self._thread.start()

    def close(self) -> None:
        self._closing.set()
        self._thread.join()

    def authenticate(self, authorization: str | None) -> Principal:
        """Raises NotAuthenticated, or LedgerUnavailable when revocations can no longer be seen."""
        scheme, _, key_text = (authorization or "").partition(" ")
        if scheme.lower() != "bearer" or not key_text.strip():
            raise NotAuthenticated(f"No API key was sent. {_CURE}")
        if self._clock.monotonic_s() - self._read_at_s > MAX_STALENESS_S:
            raise LedgerUnavailable("The list of keys cannot be read now.", retry_after_s=1)
        key = self._keys.get(self._hasher.digest(key_text.strip()))
        if key is None or not key.is_valid(self._clock.now_s()):
            raise NotAuthenticated(f"This API key is unknown, expired or revoked. {_CURE}")
        return key.principal

    def _poll(self) -> None:
        while not self._closing.wait(POLL_INTERVAL_S):
            try:
                self._refresh()
            except SQLAlchemyError as error:
                logger.warning("keys could not be read: %s", type(error).__name__)

    def _refresh(self) -> None:
        with self._engine.connect() as connection:
            version = read_version(connection)
            if version != self._version:
                self._keys = dict(read_keys(connection))
                self._version = version
        self._read_at_s = self._clock.monotonic_s()
