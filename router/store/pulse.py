"""Whether a PostgreSQL database still answers: one asks several times a second, and all know.

A server that hangs keeps its connections, so that no error comes of it, and whoever waits for it
cannot tell it from one that works long. A question that waits for no lock and no disk can.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Generator
from concurrent.futures import Future, wait
from functools import partial
from typing import Any, TypeVar

import psycopg
from psycopg.abc import PQGen
from psycopg.errors import ConnectionTimeout
from sqlalchemy import Engine, event

from router.store.database import POSTGRESQL_CONNECTION, STATEMENT_TIMEOUT_MS

T = TypeVar("T")

INTERVAL_S = 0.2
SILENT_AFTER_S = 0.5
"""Two packets in a row may be lost on the way."""

LONGEST_STATEMENT_S = STATEMENT_TIMEOUT_MS / 1_000 + 5
"""The server ends a statement sooner, unless the process that runs it has stopped."""

_TICK_S = 0.1
_SILENT = "the database does not answer"

logger = logging.getLogger(__name__)


class Silent(psycopg.OperationalError):
    """The database did not answer, and is not waited for any longer."""


class Pulse:
    """While the database is silent, whoever waits for it gets an OperationalError, and so does
    whoever comes, as from a server that is gone. As long as it answers, work may take its time.

    Made before the engine connects for the first time, since it attends to every connection.
    Effects: owns a thread and one connection from `start` to `close`.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._is_silent = False
        self._own: Attended | None = None
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._run, name="database-pulse", daemon=True)
        event.listen(engine, "do_connect", self._connect)

    def start(self) -> None:
        """Returns when it is known whether the database answers: 2 s at most."""
        self._is_silent = not self._answers()
        self._thread.start()

    def close(self) -> None:
        self._closing.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._closing.wait(INTERVAL_S):
            is_silent = not self._answers()
            if is_silent != self._is_silent:
                logger.warning("the database %s", "is silent" if is_silent else "answers again")
            self._is_silent = is_silent
        if self._own is not None:
            self._own.close()

    def _answers(self) -> bool:
        try:
            if self._own is None or self._own.closed:
                url = self._engine.url
                arguments, parameters = self._engine.dialect.create_connect_args(url)
                parameters.update(POSTGRESQL_CONNECTION, autocommit=True)
                self._own = Attended.connect(*arguments, **parameters)
                self._own.gives_up = lambda silent_s: silent_s >= SILENT_AFTER_S
            self._own.execute("SELECT 1")
        except (Silent, ConnectionTimeout):
            return False
        except psycopg.Error:
            # To be turned away is an answer, which whoever asks next gets as quickly.
            return True
        return True

    def _connect(
        self, _dialect: object, _record: object, arguments: list[Any], parameters: dict[str, Any]
    ) -> Attended:
        """In a thread, since nobody can be asked meanwhile whether to go on connecting."""
        if self._is_silent:
            # Each connection that is begun now would be one of `max_connections` when the server
            # goes on, and it would turn away who comes then.
            raise Silent(_SILENT)
        made: Future[Attended] = Future()
        connect = partial(Attended.connect, *arguments, **parameters)
        threading.Thread(target=_fulfil, args=(made, connect), daemon=True).start()
        while not self._is_silent:
            if wait([made], _TICK_S).done:
                connection = made.result()
                connection.gives_up = self._gives_up
                return connection
        made.add_done_callback(_drop)
        raise Silent(_SILENT)

    def _gives_up(self, silent_s: float) -> bool:
        return self._is_silent or silent_s >= LONGEST_STATEMENT_S


class Attended(psycopg.Connection[Any]):
    """A connection that asks, while nothing comes, whether to go on waiting.

    `gives_up` is given the seconds of silence, as far as this process had the time to listen: one
    that was held up itself does not blame the server. Where it says so, the connection is closed
    and Silent raised.
    """

    gives_up: Callable[[float], bool] = staticmethod(lambda _silent_s: False)

    def wait(self, gen: PQGen[T], interval: float = _TICK_S, timeout: float | None = None) -> T:
        try:
            return super().wait(self._attended(gen), min(interval, _TICK_S), timeout)
        except Silent:
            self.close()  # what it was asked may still be answered, and by then to nobody
            raise

    def _attended(self, gen: PQGen[T]) -> Generator[Any, Any, T]:
        silent_ticks = 0
        try:
            wanted = next(gen)
            while True:
                ready = yield wanted
                silent_ticks = 0 if ready else silent_ticks + 1
                if silent_ticks and self.gives_up(silent_ticks * _TICK_S):
                    raise Silent(_SILENT)
                wanted = gen.send(ready)
        except StopIteration as finished:
            result: T = finished.value
            return result


def _fulfil(made: Future[Attended], connect: Callable[[], Attended]) -> None:
    try:
        made.set_result(connect())
    except Exception as error:
        made.set_exception(error)


def _drop(made: Future[Attended]) -> None:
    """Came when nobody waited for it any more."""
    if made.exception() is None:
        made.result().close()
