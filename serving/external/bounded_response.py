"""Answers of bounded size, for whatever reads them whole: a provider is not to be trusted with our
memory, and the SDKs read the bodies of errors without a limit."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx2

from router.errors import BackendBroken

MAX_ANSWER_BYTES = 32 * 1024 * 1024
MAX_EVENT_BYTES = 1024 * 1024
EVENT_STREAM = "text/event-stream"


class BoundedTransport(httpx2.AsyncBaseTransport):
    """Raises BackendBroken when an answer is over `max_bytes`, or is encoded.

    A successful event stream has no total: it is read event by event, each of them bounded.
    """

    def __init__(self, inner: httpx2.AsyncBaseTransport, max_bytes: int = MAX_ANSWER_BYTES) -> None:
        self._inner = inner
        self._max_bytes = max_bytes

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        response = await self._inner.handle_async_request(request)
        if response.headers.get("content-encoding", "identity").lower() != "identity":
            await response.aclose()
            raise BackendBroken("an encoded answer, where identity was asked for")
        wants_events = request.headers.get("accept") == EVENT_STREAM
        if not (wants_events and response.is_success and is_event_stream(response)):
            assert isinstance(response.stream, httpx2.AsyncByteStream)
            response.stream = _BoundedStream(response.stream, self._max_bytes)
        return response

    async def aclose(self) -> None:
        await self._inner.aclose()


def is_event_stream(response: httpx2.Response) -> bool:
    content_type: str = response.headers.get("content-type", "")
    return content_type.partition(";")[0].strip().lower() == EVENT_STREAM


class _BoundedStream(httpx2.AsyncByteStream):
    def __init__(self, inner: httpx2.AsyncByteStream, max_bytes: int) -> None:
        self._inner = inner
        self._left_bytes = max_bytes

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for part in self._inner:
            self._left_bytes -= len(part)
            if self._left_bytes < 0:
                raise BackendBroken("an answer over the limit in bytes")
            yield part

    async def aclose(self) -> None:
        await self._inner.aclose()
