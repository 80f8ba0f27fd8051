"""A provider that cannot be connected to was sent nothing, and has not worked for us."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from backend_contract import failure_of
from external_case import external_case, provider, simulator

from router.cascade.failures import reaction_to
from router.domain import Dialect
from router.errors import BackendUnreachable
from serving.simulator.process import SimulatorProcess

__all__ = ["provider", "simulator"]


async def test_no_connection_in_time_is_unreachable_and_not_an_attempt_that_took_too_long(
    simulator: SimulatorProcess,
) -> None:
    async with AsyncExitStack() as entered:
        silent = await entered.enter_async_context(silent_server())
        cases = [
            await entered.enter_async_context(external_case(simulator, dialect, origin=silent))
            for dialect in (Dialect.OPENAI, Dialect.ANTHROPIC)
        ]
        # At once: each waits for as long as a connection may take.
        failures = await asyncio.gather(*(failure_of(case, stream=True) for case in cases))
    for failure in failures:
        assert type(failure) is BackendUnreachable
        assert not reaction_to(failure).charged


@asynccontextmanager
async def silent_server() -> AsyncIterator[str]:
    """Takes connections and says nothing, not even who it is."""
    over = asyncio.Event()

    async def serve(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await over.wait()
        writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        yield f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        over.set()
