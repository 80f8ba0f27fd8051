"""Noticing that a stream pauses, without disturbing it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing, suppress

from router.domain import JsonObject


async def with_pauses(
    events: AsyncGenerator[JsonObject, None], pause_s: float, waiting: Callable[[], bool]
) -> AsyncGenerator[JsonObject | None, None]:
    """The same events, and None once when none has come for `pause_s` while `waiting()`.

    Closes `events`, after whatever is under way in them has been cancelled.
    """
    coming: asyncio.Task[JsonObject] | None = None
    async with aclosing(events):
        try:
            while True:
                try:
                    if not waiting():
                        event = await anext(events)
                    else:
                        coming = asyncio.create_task(_next(events))
                        await asyncio.wait({coming}, timeout=pause_s)
                        if not coming.done():
                            yield None
                        event = await coming
                except (StopAsyncIteration, _Ended):
                    return
                yield event
        finally:
            if coming is not None and not coming.done():
                coming.cancel()
                with suppress(asyncio.CancelledError, Exception):
                    await coming


class _Ended(Exception):
    """The end of the events, in a form that a task can raise."""


async def _next(events: AsyncGenerator[JsonObject, None]) -> JsonObject:
    try:
        return await anext(events)
    except StopAsyncIteration:
        raise _Ended from None
