"""Sending nothing more to canaries that are halted, whoever has halted them."""

from __future__ import annotations

import logging
import threading

from sqlalchemy import Engine

from router.store.database import reading
from router.trials.halts import halts_now
from serving.rules_in_force import RulesInForce

POLL_INTERVAL_S = 0.5

logger = logging.getLogger(__name__)


class CanaryWatch:
    """Polls which canaries are halted, and has the rules follow.

    Effects: owns a thread from `start` to `close`. When the database cannot be read, what was
    halted stays so.
    """

    def __init__(self, engine: Engine, in_force: RulesInForce) -> None:
        self._engine = reading(engine)
        self._in_force = in_force
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._run, name="canary-watch", daemon=True)

    def start(self) -> None:
        """What is halted gets nothing, from the first request on. Raises what the database does."""
        self._follow()
        self._thread.start()

    def close(self) -> None:
        self._closing.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._closing.wait(POLL_INTERVAL_S):
            try:
                self._follow()
            except Exception as error:
                # Whatever it is, the thread must live on to follow the next halt.
                logger.warning("halted canaries cannot be followed: %s", type(error).__name__)

    def _follow(self) -> None:
        with self._engine.connect() as connection:
            halted = frozenset(found.model for found in halts_now(connection))
        self._in_force.halt(halted)
