"""One provider of a run: a simulator in a process, whose spool outlives it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx2

from serving.bench.leak.child import Child
from serving.bench.leak.provider_main import run_provider
from serving.simulator.config import SimulatorConfig

_ANSWER_TOKENS = 40
"""Long enough that an answer is known again wherever it stands (I9)."""


class RecordingProvider:
    """Keeps its port when it is started again, as a provider keeps its address."""

    def __init__(self, name: str, directory: Path) -> None:
        self.name = name
        self.spool = directory / f"{name}.spool"
        self.origin = ""
        self._log = directory / f"{name}.log"
        self._port = 0
        self._starts = 0
        self._process: Child | None = None
        self._client: httpx2.AsyncClient | None = None

    async def start(self) -> None:
        self._starts += 1
        self._process = Child(run_provider, self.spool, self._port, self._config(), log=self._log)
        self._port = await self._process.start()
        self.origin = f"http://127.0.0.1:{self._port}"
        self._client = httpx2.AsyncClient(base_url=self.origin, trust_env=False, timeout=30)

    async def stop(self, *, kill: bool = False) -> None:
        client, self._client = self._client, None
        process, self._process = self._process, None
        if client is not None:
            await client.aclose()
        if process is not None:
            await process.end(kill=kill)

    async def configure(self, **changes: Any) -> None:
        """These settings, and all others as usual."""
        if self._client is None:
            return
        config = SimulatorConfig.model_validate(self._config().model_dump() | changes)
        answer = await self._client.put("/simulator/config", json=config.model_dump(mode="json"))
        answer.raise_for_status()

    def _config(self) -> SimulatorConfig:
        # Other words after each start: the same answer twice would be known again, rightly.
        return SimulatorConfig(completion_tokens=_ANSWER_TOKENS, seed=self._starts)
