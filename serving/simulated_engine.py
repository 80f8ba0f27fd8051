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
from typing import Any

from router.domain import Endpoint, JsonObject
from router.errors import BackendRejected
from router.protocols import Dispatch
from serving.simulator import openai_dialect
from serving.simulator.answers import answer
from serving.simulator.config import SimulatorConfig
from serving.simulator.openai_dialect import DONE, BadQuestion
from serving.simulator.pacing import Pace

SETTINGS = "RINGFENCE_SIMULATED_ENGINE"
"""A variable of a profile's `env`: JSON of a SimulatorConfig."""


class SimulatedEngine:
    """One replica. Its one door is `attempt`, as a real engine's is."""

    def __init__(self, args: Mapping[str, Any]) -> None:
        """`args` are those of `serving.cluster.applications`."""
        self._model = args["name"]
        self._config = SimulatorConfig.model_validate_json(args["env"].get(SETTINGS, "{}"))
        self._numbers = itertools.count()

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
        if not dispatch.stream:
            await asyncio.sleep(pace.whole_s(said.output_tokens))
            yield openai_dialect.chat_completion(said, envelope, logprobs=False)
            return
        await asyncio.sleep(pace.ttft_s())
        events = openai_dialect.chat_events(said, envelope, logprobs=False, include_usage=True)
        for tokens, event in events:
            if tokens:
                await asyncio.sleep(pace.itl_s())
            if event != DONE:
                yield json.loads(event.removeprefix(b"data: "))
