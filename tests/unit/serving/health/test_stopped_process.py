"""With real processes: one that SIGSTOP stops is found out and ended, and takes its workers along.

The engine is a simulator of ours in a process of its own, asked over HTTP as the core is over its
socket.
"""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator

import httpx
import psutil
import pytest

from serving.health.judge import Health, Patience
from serving.health.processes import ChildProcesses
from serving.health.progress import Progress
from serving.health.watchdog import EngineStalled, Watchdog
from tests.waiting import until

PATIENCE = Patience(loop_s=4.0, tokens_s=60.0)
_QUESTION = {"model": "any", "messages": [{"role": "user", "content": "1"}], "max_tokens": 1}

# What vLLM is to its replica: a child, with workers of its own.
_CORE = """
import os, subprocess, sys
worker = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
os.execv(sys.executable, [sys.executable, "-m", "serving.cli.main", "simulator", "--port", "0"])
"""


class ServedEngine:
    """The stand-in: a loop that answers, tokens, and processes below the replica's."""

    def __init__(self, url: str, replica: int) -> None:
        self._client = httpx.AsyncClient(base_url=url, timeout=None, trust_env=False)
        self._processes = ChildProcesses(replica)

    async def ping(self) -> None:
        await self._client.get("/v1/models")

    async def generate_one(self) -> None:
        answer = await self._client.post("/v1/chat/completions", json=_QUESTION)
        answer.raise_for_status()

    def tokens_in_flight(self) -> int:
        return 0

    def cpu_s(self) -> float:
        return self._processes.cpu_s()

    def kill(self) -> None:
        self._processes.kill()

    async def close(self) -> None:
        await self._client.aclose()


@pytest.fixture
def replica() -> AsyncIterator[subprocess.Popen[str]]:
    """A process that does nothing but have the engine as its child."""
    code = (
        "import subprocess, sys\n"
        f"core = subprocess.Popen([sys.executable, '-c', {_CORE!r}], stderr=subprocess.PIPE, "
        "text=True)\n"
        "print(core.pid, core.stderr.readline().strip(), flush=True)\n"
        "core.wait()\n"
        "sys.stdin.readline()\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    yield process  # type: ignore[misc]
    ChildProcesses(process.pid).kill()
    process.kill()
    process.wait()
    for pipe in (process.stdin, process.stdout):
        assert pipe is not None
        pipe.close()


async def test_a_stopped_engine_is_ended_with_its_workers_and_its_replica_says_so(
    replica: subprocess.Popen[str],
) -> None:
    assert replica.stdout is not None
    core_pid, url = (await asyncio.to_thread(replica.stdout.readline)).split()
    core = psutil.Process(int(core_pid))
    [worker] = core.children()
    engine, progress = ServedEngine(url, replica.pid), Progress()
    dog = Watchdog(engine, progress, PATIENCE)
    with progress.request():
        await engine.generate_one()
        progress.output()
    await engine.ping()
    dog.check()
    os.kill(core.pid, signal.SIGSTOP)
    verdict = Health.HEALTHY
    async with asyncio.timeout(60):
        while verdict is Health.HEALTHY:
            verdict = dog.look()
            await asyncio.sleep(0.5)
    assert verdict is Health.SILENT
    with pytest.raises(EngineStalled):
        dog.check()
    await asyncio.to_thread(psutil.wait_procs, [core, worker], 30)
    assert not _lives(core)
    assert not _lives(worker)
    await dog.close()
    await engine.close()


def _lives(process: psutil.Process) -> bool:
    try:
        return process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def test_what_others_compute_is_no_sign_while_one_is_stopped() -> None:
    polling = [sys.executable, "-c", "while True: pass"]
    with subprocess.Popen(polling) as one, subprocess.Popen(polling) as other:
        try:
            processes = ChildProcesses()
            before_s = processes.cpu_s()
            until(lambda: processes.cpu_s() > before_s)
            one.send_signal(signal.SIGSTOP)
            until(lambda: psutil.Process(one.pid).status() == psutil.STATUS_STOPPED)
            stood_s, began_s = processes.cpu_s(), psutil.Process(other.pid).cpu_times().user
            until(lambda: psutil.Process(other.pid).cpu_times().user > began_s)
            assert processes.cpu_s() == stood_s
            one.send_signal(signal.SIGCONT)
            until(lambda: processes.cpu_s() > stood_s)
        finally:
            for process in (one, other):
                process.kill()
