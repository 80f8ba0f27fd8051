"""A stream ends with the client's patience, and with ours."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator

import pytest
from starlette.types import Message

from router.api.streaming import ClientGone, EventStream
from router.domain import JsonObject
from router.reply import Reply


class Pieces:
    """An endless answer that notices when it is closed."""

    def __init__(self) -> None:
        self.closed = False

    async def __call__(self) -> AsyncGenerator[JsonObject, None]:
        try:
            while True:
                yield {"choices": []}
        finally:
            self.closed = True


async def never() -> Message:
    await asyncio.Event().wait()
    raise AssertionError


async def test_whoever_stops_reading_is_gone_by_the_deadline() -> None:
    pieces = Pieces()
    reply = await Reply.begin(pieces())
    sent: list[Message] = []

    async def stalled(message: Message) -> None:
        sent.append(message)
        if len(sent) > 3:
            await asyncio.Event().wait()

    deadline_s = asyncio.get_running_loop().time() + 0.2
    with pytest.raises(ClientGone):
        await EventStream(reply, {}, deadline_s)({"type": "http"}, never, stalled)
    assert len(sent) == 4
    assert pieces.closed
