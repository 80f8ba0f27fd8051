"""When each token leaves, and what goes wrong on the way."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Iterator

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from serving.simulator.config import SimulatorConfig
from serving.simulator.connection import ARRIVAL_KEY, break_connection


class Pace:
    """Draws the waits of one answer, in seconds, from the configured latency and jitter."""

    def __init__(self, config: SimulatorConfig, number: int) -> None:
        self._config = config
        self._rng = random.Random(f"{config.seed}/{number}")  # noqa: S311 - no secret is drawn

    def ttft_s(self) -> float:
        return self._jittered(self._config.ttft_s)

    def itl_s(self) -> float:
        return self._jittered(self._config.itl_s)

    def whole_s(self, tokens: int) -> float:
        """How long a caller waits who is given all tokens at once."""
        return self.ttft_s() + sum(self.itl_s() for _ in range(tokens - 1))

    def _jittered(self, wait_s: float) -> float:
        if not wait_s or not self._config.jitter:
            return wait_s
        return wait_s * (1 + self._config.jitter * self._rng.uniform(-1, 1))


class PacedStream(Response):
    """Server-sent events on a timetable. One that falls behind sends what is due in one write."""

    media_type = "text/event-stream"

    def __init__(
        self,
        events: Iterator[tuple[int, bytes]],
        *,
        pace: Pace,
        config: SimulatorConfig,
        error_event: bytes,
    ) -> None:
        super().__init__(media_type=self.media_type)
        del self.headers["content-length"]
        self._events = events
        self._pace = pace
        self._config = config
        self._error_event = error_event

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        arrival, config = scope[ARRIVAL_KEY], self._config
        now_s = asyncio.get_running_loop().time
        due_s = now_s() + self._pace.ttft_s()
        await asyncio.sleep(due_s - now_s())
        await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
        waiting: list[bytes] = []

        async def flush() -> None:
            if waiting:
                body = b"".join(waiting)
                waiting.clear()
                await send({"type": "http.response.body", "body": body, "more_body": True})

        for tokens, event in self._events:
            if tokens:
                if arrival.tokens_sent == config.cut_stream_after_tokens:
                    await flush()
                    # Let what is written leave, so that the cut comes in the middle.
                    await asyncio.sleep(0.01)
                    break_connection(scope)
                    await asyncio.Event().wait()
                if arrival.tokens_sent == config.stall_stream_after_tokens:
                    await flush()
                    await asyncio.Event().wait()
                if arrival.tokens_sent == config.error_in_stream_after_tokens:
                    waiting.append(self._error_event)
                    break
                if arrival.tokens_sent:
                    due_s += self._pace.itl_s()
                    late_s = now_s() - due_s
                    if late_s < 0:
                        await flush()
                        await asyncio.sleep(-late_s)
                arrival.tokens_sent += tokens
            waiting.append(event)
        await send({"type": "http.response.body", "body": b"".join(waiting), "more_body": False})
