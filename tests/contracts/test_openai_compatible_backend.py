from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from backend_contract import BackendContract, ProviderFaultContract, collect, failure_of
from external_case import ExternalCase, external_case, provider, simulator

from router.domain import Dialect
from router.errors import BackendBroken
from serving.simulator.process import SimulatorProcess

__all__ = ["provider", "simulator"]


@pytest.fixture
async def case(simulator: SimulatorProcess) -> AsyncIterator[ExternalCase]:
    async with external_case(simulator, Dialect.OPENAI) as made:
        yield made


class TestOpenAICompatibleBackend(BackendContract):
    pass


class TestOpenAICompatibleBackendFaults(ProviderFaultContract):
    pass


async def test_connections_are_used_again_after_streams(case: ExternalCase) -> None:
    for _ in range(3):
        await collect(case.backend, case.dispatch(stream=True))
    pool = case.backend._client._client._transport._inner._inner._pool
    assert len(pool.connections) == 1


async def test_a_client_that_leaves_does_not_stop_the_closing_of_idle_connections(
    case: ExternalCase,
) -> None:
    """Whose request ends closes those of others too: cut short, they would stay open for ever."""
    streams = (collect(case.backend, case.dispatch(stream=True)) for _ in range(4))
    await asyncio.gather(*streams)
    pool = case.backend._client._client._transport._inner._inner._pool
    idle = pool.connections
    assert len(idle) == 4
    closing = asyncio.create_task(pool.aclose())
    await asyncio.sleep(0)
    closing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await closing
    await asyncio.sleep(0.1)
    assert all(connection.is_closed() for connection in idle)


def http(content_type: str, *parts: bytes, extra: bytes = b"") -> bytes:
    head = b"HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-type: " + content_type.encode()
    return head + extra + b"\r\n\r\n" + b"".join(parts)


FINISH = b'data: {"id":"a","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\n\n'
TOKEN = b'data: {"id":"a","choices":[{"index":0,"delta":{"content":"x"}}]}\n\n'
ODD_ANSWERS = [
    pytest.param(False, http("application/json", b"not json"), id="not json"),
    pytest.param(False, http("application/json", b"[]"), id="not an object"),
    pytest.param(False, http("application/json", b'{"error":{"code":1}}'), id="error in 200"),
    pytest.param(False, http("application/json", b"[" * 100_000), id="nested"),
    pytest.param(False, http("application/json", b" " * 33_554_433), id="over the limit"),
    pytest.param(
        False, http("application/json", extra=b"\r\ncontent-encoding: gzip"), id="compressed"
    ),
    pytest.param(
        False,
        b"HTTP/1.1 400 Bad\r\nconnection: close\r\n\r\n" + b" " * 33_554_433,
        id="an error over the limit",
    ),
    pytest.param(False, b"SMTP ready\r\n\r\n", id="not http"),
    pytest.param(True, http("application/json", b"{}"), id="not a stream"),
    pytest.param(True, http("text/event-stream", TOKEN), id="no end"),
    pytest.param(True, http("text/event-stream", b"data: {\n\n"), id="event not json"),
    pytest.param(True, http("text/event-stream", b"data: " + b"x" * 2_000_000), id="long event"),
]


@pytest.mark.parametrize(("stream", "answer"), ODD_ANSWERS)
async def test_odd_answers_are_broken(
    simulator: SimulatorProcess, stream: bool, answer: bytes
) -> None:
    async with (
        raw_server(answer) as origin,
        external_case(simulator, Dialect.OPENAI, origin=origin) as case,
    ):
        assert type(await failure_of(case, stream=stream)) is BackendBroken


async def test_a_stream_may_leave_the_end_marker_out(simulator: SimulatorProcess) -> None:
    async with (
        raw_server(http("text/event-stream", TOKEN, FINISH)) as origin,
        external_case(simulator, Dialect.OPENAI, origin=origin) as case,
    ):
        assert len(await collect(case.backend, case.dispatch(stream=True))) == 2


@asynccontextmanager
async def raw_server(answer: bytes) -> AsyncIterator[str]:
    """Says `answer` to whoever sends a request, and closes."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        try:
            writer.write(answer)
            await writer.drain()
            writer.close()
            await writer.wait_closed()
        except ConnectionError:
            pass

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
