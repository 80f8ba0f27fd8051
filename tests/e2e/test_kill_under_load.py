"""SIGKILL under load, a gateway in a plain process: whoever has an answer has its record (I5).

Five kills in a run of the tests; `RINGFENCE_KILLS=100` is the long drill.
"""

from __future__ import annotations

import asyncio
import json
import os
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2
import pytest
from sqlalchemy import select

from router.accounts.keys import KeyHasher, KeyStore
from router.audit.tables import audit_entries
from router.clock import SystemClock
from router.store.database import connect, reading
from router.store.migrate import migrate
from serving.bench.leak.configuration import EXTERNAL, ON_PREM, write_configuration
from serving.bench.leak.gateway import GatewayProcess
from serving.bench.leak.provider import RecordingProvider
from serving.bench.leak.secrets import make_secrets, read_root_secret

KILLS = int(os.environ.get("RINGFENCE_KILLS", "5"))
CLIENTS = 12
ANSWERS_BETWEEN_KILLS = 25
TEAM = "research"


@dataclass
class Load:
    """Clients that ask again and again, and the ids of the answers that they got whole."""

    gateway: GatewayProcess
    key: str = field(repr=False)
    whole: list[str] = field(default_factory=list)
    refused: Counter[str] = field(default_factory=Counter)
    _moved: asyncio.Condition = field(default_factory=asyncio.Condition)
    _over: bool = False

    async def run(self) -> None:
        headers = {"authorization": f"Bearer {self.key}"}
        async with (
            httpx2.AsyncClient(trust_env=False, timeout=30, headers=headers) as client,
            asyncio.TaskGroup() as tasks,
        ):
            for number in range(CLIENTS):
                tasks.create_task(self._ask_on(client, number))

    async def more(self, count: int) -> None:
        """Returns when so many more answers have come whole."""
        wanted = len(self.whole) + count
        async with self._moved:
            await self._moved.wait_for(lambda: len(self.whole) >= wanted)

    async def resume(self) -> None:
        """Lets clients go on that found nobody."""
        async with self._moved:
            self._moved.notify_all()

    async def end(self) -> None:
        self._over = True
        await self.resume()

    async def _ask_on(self, client: httpx2.AsyncClient, number: int) -> None:
        asked = 0
        while not self._over:
            async with self._moved:
                await self._moved.wait_for(lambda: self.gateway.is_up or self._over)
            asked += 1
            try:
                refusal = await self._ask(
                    client, stream=bool(number % 2), text=f"{number}, {asked}"
                )
            except httpx2.TransportError:
                refusal = "lost"
            if refusal is not None:
                self.refused[refusal] += 1
                # Killed, and perhaps not yet known to be: the next try finds out.
                await asyncio.sleep(0.01)

    async def _ask(self, client: httpx2.AsyncClient, *, stream: bool, text: str) -> str | None:
        """Why there was no answer, None if there was."""
        body = {
            "model": "private-model",
            "messages": [{"role": "user", "content": f"What comes after {text}?"}],
            "stream": stream,
        }
        url = f"{self.gateway.url}/v1/chat/completions"
        async with client.stream("POST", url, json=body) as answer:
            if answer.status_code != 200:
                error = json.loads(await answer.aread())["error"]
                return f"{answer.status_code} {error['code']}"
            if stream:
                is_whole = False
                async for line in answer.aiter_lines():
                    is_whole = is_whole or line == "data: [DONE]"
            else:
                is_whole = bool(json.loads(await answer.aread())["choices"])
        if not is_whole:
            return "cut short"
        async with self._moved:
            self.whole.append(answer.headers["x-ringfence-request-id"])
            self._moved.notify_all()
        return None


@asynccontextmanager
async def running_gateway(directory: Path) -> AsyncIterator[tuple[GatewayProcess, str, Path]]:
    """A gateway, a key for it, and the policy that it serves with; simulators behind it."""
    make_secrets(directory)
    engine = connect(f"sqlite:///{directory / 'ringfence.db'}")
    migrate(engine)
    _, key = KeyStore(engine, KeyHasher(read_root_secret(directory)), SystemClock()).create(
        team=TEAM
    )
    engine.dispose()
    async with AsyncExitStack() as stack:
        providers = {name: RecordingProvider(name, directory) for name in (*ON_PREM, *EXTERNAL)}
        for provider in providers.values():
            stack.push_async_callback(provider.stop)
            await provider.start()
        origins = {name: provider.origin for name, provider in providers.items()}
        models, policies, _ = write_configuration(directory, origins)
        gateway = GatewayProcess(directory, "gateway", models, "fake")
        stack.push_async_callback(gateway.stop)
        await gateway.start(policies[0])
        yield gateway, key, policies[0]


def entries_of(directory: Path) -> dict[str, dict[str, list[dict[str, Any]]]]:
    """All entries that are about requests: by request, by kind."""
    engine = connect(f"sqlite:///{directory / 'ringfence.db'}")
    found: dict[str, dict[str, list[dict[str, Any]]]] = {}
    with reading(engine).connect() as connection:
        for row in connection.execute(select(audit_entries)):
            if row.request_id is not None:
                kinds = found.setdefault(row.request_id, {})
                kinds.setdefault(row.kind, []).append(json.loads(row.body))
    engine.dispose()
    return found


@pytest.mark.timeout(60 + 20 * KILLS)
async def test_no_answer_without_its_record_and_no_record_twice(tmp_path: Path) -> None:
    async with running_gateway(tmp_path) as (gateway, key, policy):
        load = Load(gateway, key)
        async with asyncio.TaskGroup() as tasks:  # a client that fails ends all of it
            tasks.create_task(load.run())
            for _ in range(KILLS):
                await load.more(ANSWERS_BETWEEN_KILLS)
                await gateway.stop(kill=True)
                await gateway.start(policy)
                await load.resume()
            await load.more(ANSWERS_BETWEEN_KILLS)
            await load.end()

    entries = entries_of(tmp_path)
    assert len(load.whole) >= ANSWERS_BETWEEN_KILLS * (KILLS + 1)
    assert len(set(load.whole)) == len(load.whole)
    assert load.refused["lost"] > 0, "it was never killed while somebody waited"
    for request_id in load.whole:
        kinds = {kind: len(bodies) for kind, bodies in entries[request_id].items()}
        assert kinds == {"decision": 1, "outcome": 1}
        (outcome,) = entries[request_id]["outcome"]
        assert outcome["status"] == "answered"
        assert outcome["model"] == "private-model@1"
    for kinds_of in entries.values():
        assert [len(bodies) for bodies in kinds_of.values()] == [1] * len(kinds_of), "twice"
        assert "decision" in kinds_of, "an outcome of what nobody decided"
