"""The watchdog of one engine, in its replica: looks, judges, and ends what stands still.

Serve asks the replica for its health, and the replica cannot know by itself: vLLM computes in a
process of its own, and an event loop that waits for a stopped one is as healthy as any. What stops
the replica itself is seen by Serve, whose question is then not answered (`SERVE_HEALTH`).
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Mapping

from serving.health.engine import WatchedEngine
from serving.health.judge import Health, Judge, Patience, Sight
from serving.health.progress import Progress

LOOK_INTERVAL_S = 1.0
PROBE_INTERVAL_S = 10.0
"""An engine that has nothing to do is asked for a token this often."""

SERVE_HEALTH: Mapping[str, float] = {"health_check_period_s": 2.0, "health_check_timeout_s": 5.0}
"""Serve takes a replica out of rotation at the third failure in a row: 3 · 2 s after the watchdog's
verdict, and for a replica that is itself stopped 3 · 5 s after its last answer.
"""

logger = logging.getLogger(__name__)


class EngineStalled(Exception):
    """The engine stands still and has been ended. Says what was missed, and nothing of requests."""


class Watchdog:
    """Effects: owns a task from `start` to `close`; kills the engine's processes, once.

    A verdict is final: what was killed does not come back, and the replica has to be replaced.
    """

    def __init__(
        self,
        engine: WatchedEngine,
        progress: Progress,
        patience: Patience,
        now_s: Callable[[], float] = time.monotonic,
    ) -> None:
        self._engine = engine
        self._progress = progress
        self._patience = patience
        self._now_s = now_s
        # A look that comes late says something about this process, and not about the engine.
        self._judge = Judge(patience, longest_step_s=2 * LOOK_INTERVAL_S)
        self._pings = 0
        self._ping: asyncio.Task[None] | None = None
        self._probe: asyncio.Task[None] | None = None
        self._busy_at_s = now_s()
        self._verdict = Health.HEALTHY
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """To be called once the engine has started, with its event loop running."""
        self._task = asyncio.create_task(self._watch(), name="engine-watchdog")

    async def close(self) -> None:
        tasks = [task for task in (self._task, self._ping, self._probe) if task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def check(self) -> None:
        """Raises EngineStalled once the verdict has been that the engine stands still."""
        match self._verdict:
            case Health.SILENT:
                raise EngineStalled(
                    f"the engine's loop has not answered, and its processes have not computed, for "
                    f"{self._patience.loop_s:g} s"
                )
            case Health.BARREN:
                raise EngineStalled(
                    f"requests wait, and the engine has generated no token for "
                    f"{self._patience.tokens_s:g} s"
                )

    def look(self) -> Health:
        """Looks once, and asks for what the next look is to see. Starts tasks; never waits."""
        sight = Sight(
            now_s=self._now_s(),
            in_flight=self._progress.in_flight,
            oldest_s=self._progress.oldest_s,
            tokens=(self._progress.outputs, self._engine.tokens_in_flight()),
            signs=(self._pings, self._computed_s()),
        )
        verdict = self._judge.look(sight)
        if self._verdict is Health.HEALTHY and verdict is not Health.HEALTHY:
            self._verdict = verdict
            logger.error("the engine is ended, since it is %s: %s", verdict, sight)
            self._engine.kill()
        if self._ping is None or self._ping.done():
            self._ping = asyncio.create_task(self._asked(self._engine.ping()))
        if sight.in_flight:
            self._busy_at_s = sight.now_s
        elif sight.now_s - self._busy_at_s >= PROBE_INTERVAL_S:
            self._busy_at_s = sight.now_s
            self._probe = asyncio.create_task(self._probed())
        return self._verdict

    def _computed_s(self) -> float:
        """Asked only for what does not answer: it walks through the processes of the host."""
        waits = self._ping is not None and not self._ping.done()
        return self._engine.cpu_s() if waits else 0.0

    async def _watch(self) -> None:
        verdict = Health.HEALTHY
        while verdict is Health.HEALTHY:
            verdict = self.look()
            await asyncio.sleep(LOOK_INTERVAL_S)

    async def _asked(self, ping: Awaitable[None]) -> None:
        if await _answered(ping):
            self._pings += 1

    async def _probed(self) -> None:
        """A request like any other, so that an engine which cannot answer it owes a token."""
        with self._progress.request():
            if await _answered(self._engine.generate_one()):
                self._progress.output()


async def _answered(question: Awaitable[None]) -> bool:
    """An engine that errs is dead and says so itself; standing still is all that is looked for."""
    try:
        await question
    except Exception as error:
        logger.warning("the engine answered the watchdog with %s", type(error).__name__)
        return False
    return True
