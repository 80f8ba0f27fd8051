"""A process of ours that says on which port it listens, is told things, and ends when we do.

Forked from one that has everything imported: the SDKs alone take seconds, and a run starts dozens.
"""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Callable
from contextlib import suppress
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

START_TIMEOUT_S = 120.0
_STOP_TIMEOUT_S = 10.0
_PRELOADED = ["serving.bench.leak.gateway_main", "serving.bench.leak.provider_main"]


class DidNotStart(Exception):
    """The process ended, or said nothing, instead of listening."""


class Line:
    """The child's end of the line to its parent."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def listening(self, port: int, on_order: Callable[[str], None] = lambda _: None) -> None:
        """Says so, and from now on takes orders in a thread; ends the process when there is nobody
        left to give any.
        """
        self._connection.send(port)
        threading.Thread(target=self._obey, args=(on_order,), daemon=True).start()

    def _obey(self, on_order: Callable[[str], None]) -> None:
        with suppress(EOFError, OSError):
            while True:
                on_order(self._connection.recv())
        os._exit(0)


class Child:
    """One process, from `start` to `end`. `run` and its arguments can be pickled."""

    def __init__(self, run: Callable[..., None], *arguments: Any, log: Path) -> None:
        self._log = log
        context = get_context("forkserver")
        context.set_forkserver_preload(_PRELOADED)
        self._connection, theirs = context.Pipe()
        self._process = context.Process(
            target=_enter, args=(run, theirs, log, arguments), daemon=True
        )
        self._theirs = theirs

    async def start(self) -> int:
        """Returns the port once it listens. Raises DidNotStart; the process is then gone."""
        await asyncio.to_thread(self._process.start)
        self._theirs.close()
        port = await asyncio.to_thread(self._port)
        if port is None:
            await self.end(kill=True)
            raise DidNotStart(f"a process did not start; {self._log} says why")
        return port

    async def end(self, *, kill: bool = False) -> None:
        """Ends it, with SIGKILL if `kill` or if it takes too long."""
        self._process.kill() if kill else self._process.terminate()
        await asyncio.to_thread(self._process.join, _STOP_TIMEOUT_S)
        if self._process.is_alive():
            self._process.kill()
            await asyncio.to_thread(self._process.join)
        self._connection.close()

    def tell(self, order: str) -> None:
        """Does nothing for a process that is gone."""
        with suppress(OSError):
            self._connection.send(order)

    @property
    def pid(self) -> int:
        assert self._process.pid is not None
        return self._process.pid

    @property
    def is_alive(self) -> bool:
        return self._process.is_alive()

    def _port(self) -> int | None:
        with suppress(EOFError, OSError):
            if self._connection.poll(START_TIMEOUT_S):
                return int(self._connection.recv())
        return None


def _enter(
    run: Callable[..., None], connection: Connection, log: Path, arguments: tuple[Any, ...]
) -> None:
    """The first thing in the new process: what it prints goes to its log."""
    written = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    os.dup2(written, 1)
    os.dup2(written, 2)
    os.close(written)
    run(Line(connection), *arguments)
