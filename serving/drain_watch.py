"""Letting nobody in to what is drained, and saying who is there still."""

from __future__ import annotations

import logging
import threading
import uuid
from collections.abc import Callable
from functools import partial

from sqlalchemy import Engine

from router.load.drains import Drain, DrainLevel, drains_now, tell
from router.load.gates import Gates
from router.protocols import Clock
from router.store.database import reading
from router.store.writer import Writer

POLL_INTERVAL_S = 0.5

logger = logging.getLogger(__name__)


class DrainWatch:
    """Polls which models are to be drained, and has the gates follow.

    Effects: owns a thread from `start` to `close`; tells the database how each drain stands, for as
    long as there is one. When the database cannot be read, what was drained stays so, and what is
    over its time is cut all the same. `gateways` is asked how many run, None if nobody knows.
    """

    def __init__(
        self,
        engine: Engine,
        writer: Writer,
        gates: Gates,
        clock: Clock,
        gateways: Callable[[], int | None],
    ) -> None:
        self._engine = engine
        self._writer = writer
        self._gates = gates
        self._clock = clock
        self._gateways = gateways
        self._name = uuid.uuid4().hex
        self._drains: list[Drain] = []
        self._cut: set[tuple[str, float]] = set()
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._run, name="drain-watch", daemon=True)

    def start(self) -> None:
        """What is drained is closed before anybody can come. Raises what the database raises."""
        self._follow()
        self._thread.start()

    def close(self) -> None:
        self._closing.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._closing.wait(POLL_INTERVAL_S):
            for step in (self._follow, self._end_what_is_late, self._tell_all):
                try:
                    step()
                except Exception as error:
                    # Whatever it is, the thread must live on to let people in again.
                    logger.warning("drains cannot be followed: %s", type(error).__name__)

    def _follow(self) -> None:
        with reading(self._engine).connect() as connection:
            self._drains = drains_now(connection)
        self._gates.drain([drain.model for drain in self._drains])
        self._cut &= {(drain.model, drain.asked_at_s) for drain in self._drains}

    def _end_what_is_late(self) -> None:
        for drain in self._drains:
            this = (drain.model, drain.asked_at_s)
            if this not in self._cut and self._clock.now_s() >= drain.deadline_at_s:
                self._cut.add(this)
                self._gates.end(drain.model)

    def _tell_all(self) -> None:
        for drain in self._drains:
            self._tell(drain)

    def _tell(self, drain: Drain) -> None:
        level = DrainLevel(
            gateway=self._name,
            gateways=self._gateways() or 1,
            presence=self._gates.presence(drain.model),
        )
        # Not owed: what it says is said anew in half a second.
        self._writer.submit(partial(tell, about=drain, level=level, now_s=self._clock.now_s()))
