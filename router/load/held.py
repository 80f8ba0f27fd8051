"""An answer that holds a place for as long as it takes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from types import TracebackType
from typing import Any

from router.domain import JsonObject
from router.load.place import Place


class HeldAnswer(AsyncGenerator[JsonObject, None]):
    """The same events. The place is given back when they end, in whatever way, or are closed.

    Raises BackendDrained from when its place is cut. An answer that nobody reads then is closed, so
    that a model need not wait for whoever may never come back.

    It is no generator function, because closing a generator that nobody has begun to read runs none
    of its code, and the place would be lost.
    """

    def __init__(self, events: AsyncGenerator[JsonObject, None], place: Place) -> None:
        self._events = events
        self._place = place
        self._closing: asyncio.Task[None] | None = None
        place.on_cut(self._close_unread)

    async def asend(self, value: None) -> JsonObject:
        try:
            async with self._place.until_cut():
                return await self._events.asend(value)
        except BaseException:
            self._place.release()
            raise

    async def athrow(
        self,
        kind: Any,
        value: BaseException | object | None = None,
        trace: TracebackType | None = None,
    ) -> JsonObject:
        try:
            async with self._place.until_cut():
                return await self._events.athrow(kind, value, trace)
        except BaseException:
            self._place.release()
            raise

    async def aclose(self) -> None:
        if self._closing is None:
            await self._close()
        else:
            # A generator cannot be closed by two at once.
            await asyncio.shield(self._closing)

    async def _close(self) -> None:
        try:
            await self._events.aclose()
        finally:
            self._place.release()

    def _close_unread(self) -> None:
        self._closing = asyncio.create_task(self._close(), name="drained-answer")
