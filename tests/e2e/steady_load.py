"""Clients that ask again and again while something is killed, and what they were told."""

from __future__ import annotations

import asyncio
import json
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TypeAlias

import httpx2

Door: TypeAlias = Callable[[], str | None]
"""Where a gateway is asked; None while it is known to be down."""

LOST = "lost"
CUT_SHORT = "cut short"
_PATIENCE_S = 120.0
"""Longer than any gateway here takes: a client that leaves would change what is recorded."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """`why` is a status and its code, or how the answer was lost; times are monotonic."""

    why: str
    began_s: float
    ended_s: float

    @property
    def took_s(self) -> float:
        return self.ended_s - self.began_s


@dataclass
class Load:
    """Every other client streams. `whole` are the ids of the requests whose answer came whole."""

    doors: Sequence[Door]
    key: str = field(repr=False)
    model: str
    clients: int = 12
    pause_s: float = 0.01
    """After a refusal: whoever is started again should have the machine, and not who asks."""
    whole: list[str] = field(default_factory=list)
    refused: list[Refusal] = field(default_factory=list)
    _moved: asyncio.Condition = field(default_factory=asyncio.Condition)
    _over: bool = False

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Asks meanwhile; at the end every client has what it waited for. One that fails ends all
        of it.
        """
        headers = {"authorization": f"Bearer {self.key}"}
        async with (
            httpx2.AsyncClient(trust_env=False, timeout=_PATIENCE_S, headers=headers) as client,
            asyncio.TaskGroup() as tasks,
        ):
            for number in range(self.clients):
                tasks.create_task(self._ask_on(client, number))
            yield
            self._over = True

    async def more(self, count: int) -> None:
        """Returns when so many more answers have come whole."""
        await self._until_longer(self.whole, count)

    async def more_refused(self, count: int) -> None:
        """Returns when so many more have been refused or lost."""
        await self._until_longer(self.refused, count)

    @property
    def refusals(self) -> Counter[str]:
        return Counter(refusal.why for refusal in self.refused)

    async def _until_longer(self, came: Sequence[object], count: int) -> None:
        wanted = len(came) + count
        async with self._moved:
            await self._moved.wait_for(lambda: len(came) >= wanted)

    async def _ask_on(self, client: httpx2.AsyncClient, number: int) -> None:
        door, asked = self.doors[number % len(self.doors)], 0
        while not self._over:
            url = door()
            if url is None:
                await asyncio.sleep(self.pause_s)
                continue
            asked += 1
            began_s = time.monotonic()
            # Not by the client's number alone: with two doors each would get one kind.
            stream = bool((number // len(self.doors)) % 2)
            try:
                why = await self._ask(client, url, f"{number}, {asked}", stream=stream)
            except httpx2.TransportError:
                why = LOST
            if why is not None:
                self.refused.append(Refusal(why, began_s, time.monotonic()))
            async with self._moved:
                self._moved.notify_all()
            if why is not None:
                # Killed, and perhaps not yet known to be: the next try finds out.
                await asyncio.sleep(self.pause_s)

    async def _ask(
        self, client: httpx2.AsyncClient, url: str, text: str, *, stream: bool
    ) -> str | None:
        """Why there was no answer, None if there was."""
        body = {
            "model": self.model,
            "messages": [{"role": "user", "content": f"What comes after {text}?"}],
            "stream": stream,
        }
        async with client.stream("POST", f"{url}/v1/chat/completions", json=body) as answer:
            if answer.status_code != 200:
                return f"{answer.status_code} {_code(await answer.aread())}"
            if stream:
                is_whole = False
                async for line in answer.aiter_lines():
                    is_whole = is_whole or line == "data: [DONE]"
            else:
                is_whole = bool(json.loads(await answer.aread())["choices"])
        if not is_whole:
            return CUT_SHORT
        self.whole.append(answer.headers["x-ringfence-request-id"])
        return None


def _code(body: bytes) -> str:
    """Of our errors; those of whoever stands before the gateway have none."""
    try:
        return str(json.loads(body)["error"]["code"])
    except (ValueError, LookupError, TypeError):
        return "without a code"
