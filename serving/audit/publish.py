"""Sends signed checkpoints to second places: whoever rewrites the log cannot rewrite those."""

from __future__ import annotations

import logging
import math
import threading
import time
from collections.abc import Callable, Sequence
from typing import TypeVar

from sqlalchemy import Connection, Engine

from router.audit.log.lease import give_back_lease, take_lease
from router.audit.log.published import Note, mark_published, unpublished
from router.audit.log.rules import Place
from router.ids import new_id
from router.protocols import Clock
from router.store.database import reading
from router.store.writer import Writer
from serving.audit.places import TIMEOUT_S, CheckpointSink, sink_for

logger = logging.getLogger(__name__)
T = TypeVar("T")

POLL_INTERVAL_S = 1.0
MAX_RETRY_INTERVAL_S = 60.0
MAX_SENT = 100
"""Checkpoints sent before the place is looked up again."""
LEASE_S = 3 * TIMEOUT_S
_WRITER_TIMEOUT_S = 10.0


class Publisher:
    """Every place gets every checkpoint, in order, as soon as it can take it.

    Each place has a thread of its own: one that is down holds up no other and not the log, and is
    tried again after 1, 2, 4 … 60 s. Of the replicas one publishes to a place; when it dies another
    does, and may send the last checkpoint again. Effects: owns the threads from `start` to `close`.
    """

    def __init__(
        self,
        engine: Engine,
        writer: Writer,
        places: Sequence[Place],
        clock: Clock,
        poll_interval_s: float = POLL_INTERVAL_S,
    ) -> None:
        self._errands = [
            _Errand(
                engine,
                writer,
                place.name,
                sink_for(place),
                clock=clock,
                poll_interval_s=poll_interval_s,
            )
            for place in places
        ]

    def start(self) -> None:
        for errand in self._errands:
            errand.start()

    def close(self) -> None:
        """Returns when each place was tried once more, for up to its time limit."""
        for errand in self._errands:
            errand.stop()
        for errand in self._errands:
            errand.join()


class _Errand:
    """One place: what it has not had yet is sent there."""

    def __init__(
        self,
        engine: Engine,
        writer: Writer,
        place: str,
        sink: CheckpointSink,
        *,
        clock: Clock,
        poll_interval_s: float,
    ) -> None:
        self._engine = reading(engine)
        self._writer = writer
        self._place = place
        self._sink = sink
        self._clock = clock
        self._poll_interval_s = poll_interval_s
        self._holder = new_id()
        self._backoff_s = 0.0
        self._deadline_s = math.inf
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._run, name="publisher", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """What waits is sent for a little longer; the next replica sends the rest."""
        self._deadline_s = time.monotonic() + TIMEOUT_S
        self._closing.set()

    def join(self) -> None:
        self._thread.join()

    def _run(self) -> None:
        pause_s = 0.0
        while not self._closing.wait(pause_s):
            pause_s = self._try()
        self._try()
        # Owed to nobody: where it fails, the lease ends by itself.
        self._writer.submit(self._leave)

    def _try(self) -> float:
        """Sends what waits; returns for how long to rest. A failure is said once, until it ends."""
        try:
            self._send_waiting()
        except Exception as error:  # whatever it is, the next try may do
            if not self._backoff_s:
                logger.warning(
                    "checkpoints cannot be sent to %s: %s", self._place, type(error).__name__
                )
            self._backoff_s = min(
                2 * self._backoff_s or self._poll_interval_s, MAX_RETRY_INTERVAL_S
            )
            return self._backoff_s
        if self._backoff_s:
            logger.warning("checkpoints are sent to %s again", self._place)
        self._backoff_s = 0.0
        return self._poll_interval_s

    def _send_waiting(self) -> None:
        while self._waiting():
            if not self._written(self._take):
                return
            # Asked again: until now another replica may have sent them.
            for note in self._waiting():
                if time.monotonic() > self._deadline_s:
                    return
                self._sink.send(note.text)
                self._written(self._sent(note))

    def _waiting(self) -> list[Note]:
        with self._engine.connect() as connection:
            return unpublished(connection, self._place, MAX_SENT)

    def _take(self, connection: Connection) -> bool:
        return take_lease(
            connection, f"publish {self._place}", self._holder, self._clock.now_s(), LEASE_S
        )

    def _leave(self, connection: Connection) -> None:
        give_back_lease(connection, f"publish {self._place}", self._holder)

    def _sent(self, note: Note) -> Callable[[Connection], object]:
        def write(connection: Connection) -> None:
            mark_published(connection, self._place, note.size, self._clock.now_s())
            self._take(connection)

        return write

    def _written(self, work: Callable[[Connection], T]) -> T:
        return self._writer.submit(work).result(_WRITER_TIMEOUT_S)
