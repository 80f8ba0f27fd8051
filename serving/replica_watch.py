"""How many replicas each deployment has that run, asked of Serve twice a second.

A handle waits for a replica as long as its caller lets it; a client whose model is down should hear
so at once.
"""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections.abc import Callable, Mapping

POLL_INTERVAL_S = 0.5
MAX_DOUBT_S = 2.0
"""For how long a request waits to hear that its model is still down."""
_LOOK_INTERVAL_S = 0.02

logger = logging.getLogger(__name__)


class ReplicaWatch:
    """Effects: owns a polling thread from `start` to `close`.

    What could not be asked is taken to run: a wrong guess costs a wait, the other a refusal.
    """

    def __init__(self, count_running: Callable[[], Mapping[str, int]]) -> None:
        self._count_running = count_running
        self._running: Mapping[str, int] | None = None
        self._asked_at_s = float("-inf")
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._poll, name="replica-watch", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def close(self) -> None:
        self._closing.set()
        self._thread.join()

    def is_up(self, deployment: str) -> bool:
        return self._running is None or self._running.get(deployment, 0) > 0

    def replicas(self, deployment: str) -> int | None:
        """How many run, None while nobody knows."""
        return None if self._running is None else self._running.get(deployment, 0)

    async def is_down(self, deployment: str) -> bool:
        """Whether no replica runs, by an answer that was asked for after the call.

        An older one could be of before the deployment came up. Takes at most MAX_DOUBT_S.
        """
        began_s = time.monotonic()
        while not self.is_up(deployment):
            if self._asked_at_s > began_s or time.monotonic() > began_s + MAX_DOUBT_S:
                return True
            await asyncio.sleep(_LOOK_INTERVAL_S)
        return False

    def _poll(self) -> None:
        while not self._closing.wait(POLL_INTERVAL_S):
            asked_at_s = time.monotonic()
            try:
                self._running = self._count_running()
                self._asked_at_s = asked_at_s
            except Exception as error:  # the controller restarts, and answers again
                self._running = None
                logger.warning("replicas could not be counted: %s", type(error).__name__)
