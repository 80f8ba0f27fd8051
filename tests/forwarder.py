"""A way to a server that can be held: connections stay, and nothing comes through them."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

_CHUNK_BYTES = 64 * 1024


class Forwarder:
    """Takes connections on a port of 127.0.0.1 and passes them on to a Unix socket.

    While it is held, connections are taken, as the kernel takes them for a process that stands
    still, and whatever was sent, an end included, arrives when it goes on.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, target: Path) -> None:
        self._loop = loop
        self._target = target
        self._passes = asyncio.Event()
        self._passes.set()
        self.port = 0
        self.taken = 0
        """How many connections have been made to it."""

    def hold(self) -> None:
        """As SIGSTOP of the server and all of its processes looks from outside."""
        self._loop.call_soon_threadsafe(self._passes.clear)

    def go_on(self) -> None:
        self._loop.call_soon_threadsafe(self._passes.set)

    async def serve(self, is_ready: threading.Event, is_over: asyncio.Event) -> None:
        """Until `is_over`; then every connection ends."""
        async with asyncio.TaskGroup() as connections:
            passing: list[asyncio.Task[None]] = []

            def begin(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
                self.taken += 1
                passing.append(connections.create_task(self._pass(reader, writer)))

            async with await asyncio.start_server(begin, "127.0.0.1", 0) as server:
                self.port = server.sockets[0].getsockname()[1]
                is_ready.set()
                await is_over.wait()
            for task in passing:
                task.cancel()

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with closing(writer), suppress(OSError):
            await self._passes.wait()
            back, on = await asyncio.open_unix_connection(self._target)
            with closing(on):
                await asyncio.gather(self._pump(reader, on), self._pump(back, writer))

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        chunk = b"begin"
        while chunk:
            chunk = await reader.read(_CHUNK_BYTES)
            await self._passes.wait()
            if chunk:
                writer.write(chunk)
                await writer.drain()
        writer.close()


@contextmanager
def forwarding(target: Path) -> Iterator[Forwarder]:
    """Effects: a thread, within the `with`."""
    loop = asyncio.new_event_loop()
    forwarder = Forwarder(loop, target)
    is_ready, is_over = threading.Event(), asyncio.Event()

    def run() -> None:
        with closing(loop):
            loop.run_until_complete(forwarder.serve(is_ready, is_over))

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    is_ready.wait()
    try:
        yield forwarder
    finally:
        loop.call_soon_threadsafe(is_over.set)
        thread.join()
