"""An answer that is read ahead, and then goes on or goes nowhere."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from types import TracebackType
from typing import Any

from router.domain import JsonObject


class HeldStream(AsyncGenerator[JsonObject, None]):
    """The same events, those that were read ahead first.

    Reading ahead disturbs nothing: what is awaited when its time is over is awaited still, and
    comes to whoever reads on. Whoever has one closes it; no generator function, because closing a
    generator that nobody has begun to read closes nothing in it.
    """

    def __init__(
        self,
        events: AsyncGenerator[JsonObject, None],
        shown: Callable[[JsonObject], JsonObject] | None = None,
    ) -> None:
        """`shown` is what of an event goes on to whoever reads; without it, all of it."""
        self._events = events
        self._shown = shown
        self._coming: asyncio.Task[JsonObject] | None = None
        self._closing: asyncio.Task[None] | None = None
        self._next = 0
        self._ended = False
        self.read: list[JsonObject] = []
        """What came so far."""

    async def read_ahead(self, hold_s: float | None) -> bool:
        """Whether all of it came, within `hold_s` of its first event; None waits for the end.

        Raises what the events raise.
        """
        loop = asyncio.get_running_loop()
        until_s: float | None = None
        while not self._ended:
            if not await self._read_one(None if until_s is None else until_s - loop.time()):
                return False
            if until_s is None and hold_s is not None:
                until_s = loop.time() + hold_s
        return True

    async def asend(self, value: None) -> JsonObject:
        while self._next >= len(self.read):
            if self._ended:
                raise StopAsyncIteration
            await self._read_one(None)
        event = self.read[self._next]
        self._next += 1
        return event if self._shown is None else self._shown(event)

    async def athrow(
        self,
        kind: Any,
        value: BaseException | object | None = None,
        trace: TracebackType | None = None,
    ) -> JsonObject:
        await self.aclose()
        return await self._events.athrow(kind, value, trace)

    async def aclose(self) -> None:
        """Cancels what is awaited, and whatever is under way at the engine with it.

        Whoever is cancelled meanwhile need not wait for it; it is closed all the same.
        """
        self._ended = True
        coming, self._coming = self._coming, None
        if coming is not None:
            self._closing = asyncio.create_task(self._close_after(coming), name="close-held")
        if self._closing is None:
            await self._events.aclose()
        else:
            await asyncio.shield(self._closing)

    async def _close_after(self, coming: asyncio.Task[JsonObject]) -> None:
        """A generator that is being read cannot be closed."""
        coming.cancel()
        await asyncio.wait({coming})
        if not coming.cancelled():
            coming.exception()  # Nobody waits for it any more.
        await self._events.aclose()

    async def _read_one(self, timeout_s: float | None) -> bool:
        """Whether there is one more, or the end; False when the time is over before."""
        if self._coming is None:
            self._coming = asyncio.create_task(_next_of(self._events), name="read-ahead")
        await asyncio.wait(
            {self._coming}, timeout=None if timeout_s is None else max(0.0, timeout_s)
        )
        if not self._coming.done():
            return False
        coming, self._coming = self._coming, None
        try:
            self.read.append(coming.result())
        except _Ended:
            self._ended = True
        return True


class _Ended(Exception):
    """The end of the events, in a form that a task can raise."""


async def _next_of(events: AsyncGenerator[JsonObject, None]) -> JsonObject:
    try:
        return await anext(events)
    except StopAsyncIteration:
        raise _Ended from None
