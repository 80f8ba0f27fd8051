"""Reading ahead of a stream changes nothing of it, whenever it stops."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import AsyncGenerator
from contextlib import aclosing

import pytest

from router.domain import JsonObject
from router.errors import BackendBroken
from router.escalation.held_stream import HeldStream


class Source:
    """Events that come when they are let go."""

    def __init__(self, count: int, *, breaks: bool = False) -> None:
        self.let_go = asyncio.Semaphore(0)
        self.closed = False
        self._count, self._breaks = count, breaks

    async def events(self) -> AsyncGenerator[JsonObject, None]:
        try:
            for number in range(self._count):
                await self.let_go.acquire()
                yield {"number": number}
            if self._breaks:
                raise BackendBroken("cut")
        finally:
            self.closed = True

    def release(self, count: int) -> None:
        for _ in range(count):
            self.let_go.release()


async def numbers(stream: HeldStream) -> list[object]:
    async with aclosing(stream):
        return [event["number"] async for event in stream]


async def test_what_ends_in_time_is_read_to_its_end_and_said_again() -> None:
    source = Source(3)
    source.release(3)
    stream = HeldStream(source.events())
    assert await stream.read_ahead(60)
    assert source.closed
    assert len(stream.read) == 3
    assert await numbers(stream) == [0, 1, 2]


async def test_what_does_not_goes_on_where_it_was() -> None:
    source = Source(3)
    source.release(2)
    stream = HeldStream(source.events())
    assert not await stream.read_ahead(0)
    source.release(1)
    assert await numbers(stream) == [0, 1, 2]
    assert source.closed


async def test_closing_it_cancels_what_is_awaited() -> None:
    source = Source(3)
    source.release(1)
    stream = HeldStream(source.events())
    assert not await stream.read_ahead(0)
    await stream.aclose()
    assert source.closed
    await stream.aclose()


async def test_whoever_reads_ahead_may_leave() -> None:
    source = Source(1)
    stream = HeldStream(source.events())
    reading = asyncio.create_task(stream.read_ahead(None))
    await asyncio.sleep(0)
    reading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reading
    await stream.aclose()


class Reluctant:
    """Takes its time to end when it is closed."""

    def __init__(self) -> None:
        self.may_end, self.closed = asyncio.Event(), False

    async def events(self) -> AsyncGenerator[JsonObject, None]:
        yield {"number": 0}
        try:
            await asyncio.Event().wait()
        finally:
            await self.may_end.wait()
            self.closed = True


async def test_whoever_is_cancelled_while_it_closes_leaves_at_once_and_it_is_closed() -> None:
    source = Reluctant()
    stream = HeldStream(source.events())
    assert not await stream.read_ahead(0)
    closing = asyncio.create_task(stream.aclose())
    await asyncio.sleep(0)
    closing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await closing
    assert not source.closed
    source.may_end.set()
    await stream.aclose()
    assert source.closed


async def test_an_error_that_nobody_reads_any_more_is_nobodys() -> None:
    """Else the event loop would say so, with what the error has in it."""
    complaints: list[dict[str, object]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, said: complaints.append(said))
    let_go = asyncio.Event()

    async def events() -> AsyncGenerator[JsonObject, None]:
        yield {"number": 0}
        await let_go.wait()
        raise BackendBroken("cut")

    stream = HeldStream(events())
    assert not await stream.read_ahead(0)
    let_go.set()
    for _ in range(5):
        await asyncio.sleep(0)
    await stream.aclose()
    del stream
    gc.collect()
    assert complaints == []


async def test_what_breaks_off_is_an_error_and_not_an_end() -> None:
    source = Source(1, breaks=True)
    source.release(1)
    with pytest.raises(BackendBroken):
        await HeldStream(source.events()).read_ahead(None)


async def test_what_was_read_can_be_had_after_it_was_closed() -> None:
    source = Source(2)
    source.release(2)
    stream = HeldStream(source.events(), lambda event: event | {"shown": True})
    assert await stream.read_ahead(None)
    await stream.aclose()
    assert [event async for event in stream] == [
        {"number": 0, "shown": True},
        {"number": 1, "shown": True},
    ]
