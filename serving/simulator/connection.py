"""The ASGI layer under the simulator's routes: records arrivals, notices who leaves, and breaks.

A request's work is cancelled when its client is gone, wherever it waits; that is what a real
engine is expected to do, and what `client_disconnected` in the recording is evidence of.
"""

from __future__ import annotations

import asyncio
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from serving.simulator.recorder import Arrival, Recorder

CONTROL_PREFIX = "/simulator/"
ARRIVAL_KEY = "ringfence.arrival"
TRANSPORT_KEY = "ringfence.transport"


class AbortableProtocol(HttpToolsProtocol):
    """uvicorn's protocol, which also lets a request break its own connection."""

    def on_message_begin(self) -> None:
        super().on_message_begin()
        scope: dict[str, Any] = self.scope  # type: ignore[assignment]
        scope[TRANSPORT_KEY] = self.transport


def break_connection(scope: Scope) -> None:
    """Closes the socket at once, with whatever was not sent; the client sees a cut answer."""
    scope[TRANSPORT_KEY].abort()


class ConnectionLayer:
    """Wraps the app: receives the whole body first, then races the app with the client leaving."""

    def __init__(self, app: ASGIApp, recorder: Recorder) -> None:
        self._app = app
        self._recorder = recorder

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"].startswith(CONTROL_PREFIX):
            await self._app(scope, receive, send)
            return
        arrival = self._recorder.arrived(
            scope["method"],
            scope["raw_path"].decode("latin-1"),
            scope["query_string"].decode("latin-1"),
            tuple((n.decode("latin-1"), v.decode("latin-1")) for n, v in scope["headers"]),
        )
        scope[ARRIVAL_KEY] = arrival
        body = await _read_body(receive, arrival)
        if self._recorder.keeps:
            arrival.body = body
        if arrival.client_disconnected:
            return
        work = asyncio.ensure_future(self._app(scope, _Replay(body), _Completion(send, arrival)))
        leaving = asyncio.ensure_future(_left(receive))
        try:
            await asyncio.wait({work, leaving}, return_when=asyncio.FIRST_COMPLETED)
            if not work.done():
                arrival.client_disconnected = not arrival.completed
                work.cancel()
                await asyncio.wait({work})
            elif not work.cancelled():
                work.result()
        finally:
            leaving.cancel()


class _Replay:
    """A `receive` that hands out a body already read, and after it nothing, ever."""

    def __init__(self, body: bytes) -> None:
        self._body: bytes | None = body

    async def __call__(self) -> Message:
        if self._body is None:
            await asyncio.Event().wait()
        body, self._body = self._body, None
        return {"type": "http.request", "body": body, "more_body": False}


class _Completion:
    """A `send` that notes when the answer's last part has gone out."""

    def __init__(self, send: Send, arrival: Arrival) -> None:
        self._send = send
        self._arrival = arrival

    async def __call__(self, message: Message) -> None:
        await self._send(message)
        if message["type"] == "http.response.body" and not message.get("more_body"):
            self._arrival.completed = True


async def _read_body(receive: Receive, arrival: Arrival) -> bytes:
    parts: list[bytes] = []
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            arrival.client_disconnected = True
            return b"".join(parts)
        parts.append(message.get("body", b""))
        if not message.get("more_body"):
            return b"".join(parts)


async def _left(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
