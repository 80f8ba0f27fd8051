"""Server-sent events, and noticing that the client has gone."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, Coroutine
from contextlib import suppress
from typing import Any, TypeVar

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from router.api.error_responses import error_body
from router.api.unforeseen import log_unforeseen
from router.domain import Headers, JsonObject
from router.errors import RequestError
from router.reply import Reply

T = TypeVar("T")
DONE = b"data: [DONE]\n\n"


class ClientGone(Exception):
    """Nobody is there to be answered; the work has been cancelled."""


async def unless_gone(receive: Receive, work: Coroutine[Any, Any, T]) -> T:
    """The result of `work`, cancelled if the client leaves before it is there: raises ClientGone.

    The body must have been read: what is received next is the end of the connection.
    """
    task = asyncio.create_task(work)
    gone = asyncio.create_task(_disconnect(receive))
    try:
        await asyncio.wait({task, gone}, return_when=asyncio.FIRST_COMPLETED)
        if not task.done():
            raise ClientGone
        return task.result()
    finally:
        for unfinished in (task, gone):
            if not unfinished.done():
                unfinished.cancel()
                with suppress(asyncio.CancelledError, Exception):
                    await unfinished


async def _disconnect(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def encoded(value: JsonObject) -> bytes:
    """JSON in UTF-8, but escaped where UTF-8 has no words: some backends cut emoji in half."""
    try:
        return json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return json.dumps(value).encode()


class EventStream(Response):
    """A reply as server-sent events. Closes it, whatever happens.

    Whoever has not read it by `deadline_s` (of the loop's clock) counts as gone: a client that
    stops reading must not keep what is held for its request.
    """

    media_type = "text/event-stream"

    def __init__(self, reply: Reply, headers: Headers, deadline_s: float) -> None:
        super().__init__(headers=dict(headers) | {"cache-control": "no-store"})
        del self.headers["content-length"]
        self._reply = reply
        self._deadline_s = deadline_s

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await unless_gone(receive, self._send_all(send))
        finally:
            await self._reply.aclose()

    async def _send_all(self, send: Send) -> None:
        start = {"type": "http.response.start", "status": 200, "headers": self.raw_headers}
        try:
            async with asyncio.timeout_at(self._deadline_s):
                await send(start)
                async for frame in _frames(self._reply):
                    await send({"type": "http.response.body", "body": frame, "more_body": True})
                await send({"type": "http.response.body", "body": b"", "more_body": False})
        except TimeoutError:
            raise ClientGone from None


async def _frames(reply: Reply) -> AsyncGenerator[bytes, None]:
    """An error after the first byte is the last event, and no `[DONE]` follows: what the client
    has cannot be taken for all there is.
    """
    yield _frame(reply.first)
    try:
        async for event in reply:
            yield _frame(event)
    except RequestError as error:
        yield _frame(error_body(error))
    except Exception as error:
        log_unforeseen(error)
        yield _frame(error_body(error))
    else:
        yield DONE


def _frame(event: JsonObject) -> bytes:
    return b"data: " + encoded(event) + b"\n\n"
