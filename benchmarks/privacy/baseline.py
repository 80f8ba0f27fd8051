"""Default Presidio in a process of its own, which can be killed when a regex does not end."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import Sequence
from typing import TypeAlias

Answers: TypeAlias = list[list[tuple[str, int, int, float]]]

_COMMAND = (sys.executable, "-m", "benchmarks.privacy.baseline_worker")
_LINE_LIMIT = 64 * 1024 * 1024


class BaselineUnavailable(Exception):
    """Presidio or its model does not load here; the message says what is missing."""


class BaselineProcess:
    """A BaselineAnalyzer. `start` it before use, `close` it after; one call at a time."""

    def __init__(self, *, timeout_s: float, command: Sequence[str] = _COMMAND) -> None:
        self._timeout_s = timeout_s
        self._command = tuple(command)
        self._process: asyncio.subprocess.Process | None = None
        self._lock = asyncio.Lock()
        self.version = ""

    async def start(self) -> None:
        """Raises BaselineUnavailable."""
        self._process = await asyncio.create_subprocess_exec(
            *self._command,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            limit=_LINE_LIMIT,
            env={**os.environ, "HF_HUB_OFFLINE": "1"},
        )
        ready = await self._receive(120.0)
        if "ready" not in ready:
            await self.close()
            raise BaselineUnavailable(str(ready.get("failed", "it ended while loading")))
        self.version = str(ready["ready"])

    async def close(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            if process.returncode is None:
                process.kill()
            await process.communicate()

    async def analyze(self, texts: Sequence[str]) -> Answers:
        """Raises TimeoutError; the process is then another one."""
        async with self._lock:
            if self._process is None:
                await self.start()
            assert self._process is not None
            assert self._process.stdin is not None
            try:
                async with asyncio.timeout(self._timeout_s):
                    self._process.stdin.write(json.dumps(list(texts)).encode() + b"\n")
                    await self._process.stdin.drain()
                    answer = await self._receive(self._timeout_s)
            except (TimeoutError, OSError):
                await self.close()
                raise TimeoutError("default Presidio did not answer in time") from None
            if "found" not in answer:
                await self.close()
                raise TimeoutError("default Presidio failed")
            return [
                [(str(kind), int(start), int(end), float(score)) for kind, start, end, score in one]
                for one in answer["found"]
            ]

    async def _receive(
        self, timeout_s: float
    ) -> dict[str, list[list[tuple[str, int, int, float]]]]:
        assert self._process is not None
        assert self._process.stdout is not None
        line = await asyncio.wait_for(self._process.stdout.readline(), timeout_s)
        answer = json.loads(line) if line else {}
        return answer if isinstance(answer, dict) else {}


class Remembering:
    """A BaselineAnalyzer that asks once for the same texts: two readings of one analysis."""

    def __init__(self, analyzer: BaselineProcess) -> None:
        self._analyzer = analyzer
        self._answers: dict[tuple[str, ...], Answers | None] = {}

    async def analyze(self, texts: Sequence[str]) -> Answers:
        """What timed out is what Presidio makes of it: nothing found."""
        key = tuple(texts)
        if key not in self._answers:
            try:
                self._answers[key] = await self._analyzer.analyze(key)
            except TimeoutError:
                self._answers[key] = None
        known = self._answers[key]
        return [[] for _ in key] if known is None else known
