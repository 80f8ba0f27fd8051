"""The pool's bounds and failures, with workers that misbehave on demand."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import psutil
import pytest
import uvloop

from router.domain import Segment
from router.errors import DetectionTimeout, DetectorCrashed, DetectorOverloaded
from serving.detection.pool import DetectorPool

STUB = (sys.executable, "-P", str(Path(__file__).parent / "stub_worker.py"))


def text(*texts: str) -> tuple[Segment, ...]:
    return tuple(Segment("", item) for item in texts)


@asynccontextmanager
async def running(**settings: Any) -> AsyncIterator[DetectorPool]:
    defaults: dict[str, Any] = {"workers": 1, "deadline_s": 20.0, "max_waiting": 8, "command": STUB}
    pool = DetectorPool(**defaults | settings)
    await pool.start()
    try:
        yield pool
    finally:
        await pool.close()
        assert pool.worker_pids == ()


async def test_answers_and_version() -> None:
    async with running() as pool:
        assert pool.version == "stub/1"
        findings = await pool.detect(text("ab", "\ud800\x00é"))
        assert [(f.segment, f.end) for f in findings] == [(0, 2), (1, 3)]


@pytest.mark.parametrize(
    "command", ["exit", "error", "garbage", "huge", "stale", "beyond", "shapeless"]
)
async def test_what_is_no_answer_is_a_crash_and_the_next_scan_succeeds(command: str) -> None:
    async with running() as pool:
        with pytest.raises(DetectorCrashed):
            await pool.detect(text(command))
        assert len(await pool.detect(text("next"))) == 1


async def test_an_error_of_one_text_does_not_cost_the_process() -> None:
    async with running() as pool:
        before = pool.worker_pids
        with pytest.raises(DetectorCrashed, match="ZeroDivisionError"):
            await pool.detect(text("error"))
        await pool.detect(text("next"))
        assert pool.worker_pids == before


async def test_sigkill_in_a_scan_is_a_crash_and_not_a_clean_result() -> None:
    async with running() as pool:
        scan = asyncio.create_task(pool.detect(text("sleep 4")))
        await asyncio.sleep(0.3)
        os.kill(pool.worker_pids[0], signal.SIGKILL)
        with pytest.raises(DetectorCrashed):
            await scan
        assert len(await pool.detect(text("next"))) == 1


async def test_a_process_that_died_idle_costs_nobody_a_scan() -> None:
    async with running() as pool:
        (pid,) = pool.worker_pids
        os.kill(pid, signal.SIGKILL)
        await asyncio.sleep(0.2)
        assert len(await pool.detect(text("next"))) == 1


async def test_a_hanging_scan_is_killed_at_the_deadline_while_others_go_on() -> None:
    async with running(workers=2, deadline_s=3.0) as pool:
        await asyncio.gather(*(pool.detect(text("sleep 0.3")) for _ in range(2)))  # both are up
        before = set(pool.worker_pids)
        hanging = asyncio.create_task(pool.detect(text("sleep 60")))
        started_s = time.monotonic()
        while not hanging.done():
            assert len(await pool.detect(text("quick"))) == 1
            await asyncio.sleep(0.05)
        assert time.monotonic() - started_s < 30  # and not the 60 that it would have slept
        with pytest.raises(DetectionTimeout):
            await hanging
        (killed,) = await _gone(before)
        await asyncio.gather(*(pool.detect(text("sleep 0.1")) for _ in range(2)))
        assert killed not in pool.worker_pids


async def _gone(pids: set[int]) -> set[int]:
    for _ in range(100):
        gone = {pid for pid in pids if not psutil.pid_exists(pid)}
        if gone:
            return gone
        await asyncio.sleep(0.05)
    return set()


async def test_waiting_counts_towards_the_deadline_and_costs_no_process() -> None:
    async with running(deadline_s=4.0) as pool:
        before = pool.worker_pids
        first = asyncio.create_task(pool.detect(text("sleep 2.5")))
        second = asyncio.create_task(pool.detect(text("sleep 2.5")))
        assert len(await first) == 1
        with pytest.raises(DetectionTimeout):
            await second
        assert len(await pool.detect(text("next"))) == 1
        assert pool.worker_pids == before


async def test_no_more_wait_than_may() -> None:
    async with running(max_waiting=2) as pool:
        scans = [asyncio.create_task(pool.detect(text("sleep 0.5"))) for _ in range(6)]
        results = await asyncio.gather(*scans, return_exceptions=True)
        assert sum(isinstance(result, DetectorOverloaded) for result in results) == 3
        assert sum(isinstance(result, tuple) for result in results) == 3


async def test_a_cancelled_callers_result_goes_to_nobody() -> None:
    async with running() as pool:
        scan = asyncio.create_task(pool.detect(text("sleep 0.4")))
        waiting = asyncio.create_task(pool.detect(text("sleep 9")))
        await asyncio.sleep(0.1)
        scan.cancel()
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await scan
        with pytest.raises(asyncio.CancelledError):
            await waiting
        (finding,) = await pool.detect(text("four"))
        assert finding.end == 4


async def test_a_large_text_goes_through_in_one_piece() -> None:
    async with running() as pool:
        (finding,) = await pool.detect(text("é" * 2_000_000))
        assert finding.end == 2_000_000


@pytest.mark.parametrize(
    ("behaviour", "error", "message", "patience_s"),
    [
        ("fail", DetectorCrashed, "install the model", 30.0),
        ("die", DetectorCrashed, "died", 30.0),
        ("hang", DetectionTimeout, "did not answer", 0.5),
    ],
)
async def test_start_says_why_no_process_came_up(
    behaviour: str, error: type[Exception], message: str, patience_s: float
) -> None:
    pool = DetectorPool(
        workers=2,
        deadline_s=1.0,
        max_waiting=1,
        start_timeout_s=patience_s,
        command=(*STUB, behaviour),
    )
    with pytest.raises(error, match=message):
        await pool.start()
    assert pool.worker_pids == ()


async def test_start_without_such_a_program() -> None:
    pool = DetectorPool(workers=1, deadline_s=1.0, max_waiting=1, command=("/nonexistent/python",))
    with pytest.raises(DetectorCrashed, match="No such file"):
        await pool.start()


async def test_before_start_and_after_close_nothing_is_clean() -> None:
    pool = DetectorPool(workers=1, deadline_s=1.0, max_waiting=1, command=STUB)
    with pytest.raises(DetectorCrashed):
        await pool.detect(text("a"))
    await pool.start()
    scan = asyncio.create_task(pool.detect(text("sleep 9")))
    await asyncio.sleep(0.2)
    await pool.close()
    with pytest.raises(DetectorCrashed):
        await scan
    with pytest.raises(DetectorCrashed):
        await pool.detect(text("a"))


PARENT = """
import asyncio, sys, time
from serving.detection.pool import DetectorPool
async def main():
    pool = DetectorPool(workers=2, deadline_s=1.0, max_waiting=1, command=sys.argv[1:])
    await pool.start()
    await asyncio.sleep(0.5)
    print(*pool.worker_pids, flush=True)
    time.sleep(600)
asyncio.run(main())
"""


def test_workers_end_with_a_parent_that_was_killed() -> None:
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[4])}
    with subprocess.Popen(
        [sys.executable, "-c", PARENT, *STUB], stdout=subprocess.PIPE, env=environment
    ) as parent:
        assert parent.stdout is not None
        workers = [psutil.Process(int(pid)) for pid in parent.stdout.readline().split()]
        parent.kill()
    assert len(workers) == 2
    _, alive = psutil.wait_procs(workers, timeout=10)
    assert alive == []


async def test_credentials_do_not_reach_workers(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-test")
    async with running() as pool:
        await pool.detect(text(f"environment {tmp_path / 'names'}"))
    assert "OPENAI_API_KEY" not in (tmp_path / "names").read_text()


def test_on_uvloop_outside_the_main_thread() -> None:
    lengths: list[int] = []

    async def use() -> None:
        async with running() as pool:
            lengths.extend(finding.end for finding in await pool.detect(text("abc")))

    def run() -> None:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(use())

    thread = threading.Thread(target=run)
    thread.start()
    thread.join(30)
    assert lengths == [3]
