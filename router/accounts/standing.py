"""Answers under way, and keys that are revoked meanwhile."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing, contextmanager, suppress

from router.domain import JsonObject, Principal
from router.errors import KeyRevoked

REVOKED = "This API key was revoked while its request was under way."


class Standing:
    """Ends the answers of keys that are revoked. Expiry lets them finish: it was foreseen.

    `revoked_are` may be told on any thread; an answer is followed on the loop that it runs on.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._revoked: frozenset[str] = frozenset()
        self._watches: dict[str, set[_Watch]] = {}

    def revoked_are(self, key_ids: frozenset[str]) -> None:
        """All keys that are revoked by now: wakes the answers of those that were not before."""
        with self._lock:
            fresh = key_ids - self._revoked
            self._revoked = key_ids
            watches = [watch for key_id in fresh for watch in self._watches.get(key_id, ())]
        for watch in watches:
            watch.wake()

    def require(self, principal: Principal) -> None:
        """Before one more thing is sent for a request. Raises KeyRevoked."""
        with self._lock:
            if principal.key_id in self._revoked:
                raise KeyRevoked(REVOKED)

    async def while_valid(
        self, principal: Principal, events: AsyncGenerator[JsonObject, None]
    ) -> AsyncGenerator[JsonObject, None]:
        """The same events. Closes them and raises KeyRevoked when the key is revoked, between
        two of them or instead of the first; who waits for the next does not wait for it.
        """
        with self._watched(principal.key_id) as watch:
            async with aclosing(events):
                while True:
                    try:
                        event = await watch.next_of(events)
                    except StopAsyncIteration:
                        return
                    yield event

    @contextmanager
    def _watched(self, key_id: str) -> Iterator[_Watch]:
        watch = _Watch(asyncio.get_running_loop())
        with self._lock:
            watch.revoked = key_id in self._revoked
            watches = self._watches.setdefault(key_id, set())
            watches.add(watch)
        try:
            yield watch
        finally:
            with self._lock:
                watches.discard(watch)
                if not watches and self._watches.get(key_id) is watches:
                    del self._watches[key_id]


class _Watch:
    """One answer. Interrupts what waits for its next event as a deadline would."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.revoked = False
        self._loop = loop
        self._waiting: asyncio.Timeout | None = None

    def wake(self) -> None:
        with suppress(RuntimeError):  # of a loop that has ended, and its answers with it
            self._loop.call_soon_threadsafe(self._interrupt)

    def _interrupt(self) -> None:
        if self.revoked:
            return
        self.revoked = True
        if self._waiting is not None:
            self._waiting.reschedule(self._loop.time())

    async def next_of(self, events: AsyncGenerator[JsonObject, None]) -> JsonObject:
        if self.revoked:
            raise KeyRevoked(REVOKED)
        try:
            async with asyncio.timeout(None) as self._waiting:
                return await anext(events)
        except TimeoutError:
            if self.revoked:
                raise KeyRevoked(REVOKED) from None
            raise
        finally:
            self._waiting = None
