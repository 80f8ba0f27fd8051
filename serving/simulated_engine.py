"""An engine that only pretends: for drills, and for clusters larger than the machine they are on.

It loads no weights and needs no GPU; what it answers is the simulator's. In Ray's books it takes
the room that a real one would take.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Annotated, Any

from pydantic import Field

from router.domain import Endpoint, JsonObject
from router.errors import BackendRejected
from router.protocols import Dispatch
from router.registry.deployment import Targets
from serving.autoscaling.policy import ReplicaLoad
from serving.autoscaling.reports import RecentTTFT, report_of
from serving.autoscaling.serve_policy import targets_told
from serving.simulator import openai_dialect
from serving.simulator.answers import answer
from serving.simulator.config import SimulatorConfig
from serving.simulator.openai_dialect import DONE, BadQuestion
from serving.simulator.pacing import Pace
from serving.telemetry.load_board import post_loads

SETTINGS = "RINGFENCE_SIMULATED_ENGINE"
"""A variable of a profile's `env`: JSON of a SimulatedEngineConfig."""


class SimulatedEngineConfig(SimulatorConfig):
    """A simulator's latencies and answers, and how much fits."""

    kv_cache_requests: Annotated[int, Field(ge=1)] = 64
    """So many requests fill the KV cache; others wait."""


class SimulatedEngine:
    """One replica. Its one door is `attempt`, as a real engine's is."""

    def __init__(self, args: Mapping[str, Any]) -> None:
        """`args` are those of `serving.cluster.applications`."""
        self._model = args["name"]
        self._config = SimulatedEngineConfig.model_validate_json(args["env"].get(SETTINGS, "{}"))
        self._numbers = itertools.count()
        self._targets = Targets()
        self._ttft = RecentTTFT()
        self._room = asyncio.Semaphore(self._config.kv_cache_requests)
        self._taken = 0
        self._waiting = 0
        self._posting: asyncio.Task[None] | None = None

    async def attempt(self, dispatch: Dispatch) -> AsyncIterator[JsonObject]:
        """See `router.protocols.Backend.attempt`. Answers chats and no other requests."""
        if dispatch.endpoint is not Endpoint.CHAT:
            raise BackendRejected(f"a simulated engine takes no {dispatch.endpoint.value} request")
        body = json.loads(dispatch.body)
        number = next(self._numbers)
        try:
            said = answer(openai_dialect.chat_question(body), self._config, number)
        except BadQuestion as bad:
            raise BackendRejected(f"a simulated engine does not take it: {bad}") from None
        envelope: JsonObject = {
            "id": f"chatcmpl-{dispatch.request_id}",
            "created": int(time.time()),
            "model": self._model,
        }
        pace = Pace(self._config, number)
        began_s = time.monotonic()
        async with self._place():
            await asyncio.sleep(pace.ttft_s())
            self._ttft.add(time.monotonic() - began_s)
            if not dispatch.stream:
                await asyncio.sleep(sum(pace.itl_s() for _ in range(said.output_tokens - 1)))
                yield openai_dialect.chat_completion(said, envelope, logprobs=False)
                return
            events = openai_dialect.chat_events(said, envelope, logprobs=False, include_usage=True)
            for tokens, event in events:
                if tokens:
                    await asyncio.sleep(pace.itl_s())
                if event != DONE:
                    yield json.loads(event.removeprefix(b"data: "))

    async def check_health(self) -> None:
        """Serve asks every few seconds, in the replica's event loop; with the first time its load
        is posted.
        """
        if self._posting is None:
            self._posting = asyncio.create_task(post_loads(self._model, self._load))

    def reconfigure(self, config: JsonObject) -> None:
        """As a real engine's: see `serving.local.EngineDeployment`."""
        self._targets = targets_told(config)

    def record_autoscaling_stats(self) -> dict[str, float]:
        """As a real engine's: see `serving.local.EngineDeployment`."""
        return report_of(self._load(), self._targets)

    def _load(self) -> ReplicaLoad:
        use = self._taken / self._config.kv_cache_requests
        return ReplicaLoad(use, self._waiting, self._ttft.p95_s())

    @asynccontextmanager
    async def _place(self) -> AsyncIterator[None]:
        """Waits for room in the cache, and takes it."""
        self._waiting += 1
        try:
            await self._room.acquire()
        finally:
            self._waiting -= 1
        self._taken += 1
        try:
            yield
        finally:
            self._taken -= 1
            self._room.release()
