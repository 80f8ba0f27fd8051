"""How many replicas each deployment has that run, asked of Serve twice a second.

A handle waits for a replica as long as its caller lets it; a client whose model is down should hear
so at once.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping

POLL_INTERVAL_S = 0.5

logger = logging.getLogger(__name__)


class ReplicaWatch:
    """Effects: owns a polling thread from `start` to `close`.

    What could not be asked is taken to run: a wrong guess costs a wait, the other a refusal.
    """

    def __init__(self, count_running: Callable[[], Mapping[str, int]]) -> None:
        self._count_running = count_running
        self._running: Mapping[str, int] | None = None
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._poll, name="replica-watch", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def close(self) -> None:
        self._closing.set()
        self._thread.join()

    def is_up(self, deployment: str) -> bool:
        return self._running is None or self._running.get(deployment, 0) > 0

    def _poll(self) -> None:
        while not self._closing.wait(POLL_INTERVAL_S):
            try:
                self._running = self._count_running()
            except Exception as error:  # the controller restarts, and answers again
                self._running = None
                logger.warning("replicas could not be counted: %s", type(error).__name__)


def count_running(application: str) -> Mapping[str, int]:
    """Running replicas by deployment. Blocks on Serve's controller."""
    from ray import serve  # noqa: PLC0415 -- tests of the watch need no Ray

    overview = serve.status().applications[application]
    return {
        name: deployment.replica_states.get("RUNNING", 0)
        for name, deployment in overview.deployments.items()
    }
