"""An engine that is stopped under load is taken out and replaced; one that is busy is not."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import time

import psutil
import pytest

from tests.e2e.steady_load import Load
from tests.engine_cluster import EngineCluster
from tests.waiting import until

DRILL = "RINGFENCE_ENGINE_DRILL"
# The start of the cluster, twice the start of an engine, and what is between them.
pytestmark = [
    pytest.mark.engine,
    pytest.mark.timeout(2_400),
    pytest.mark.skipif(DRILL not in os.environ, reason=f"takes minutes: {DRILL}=1 runs it"),
]

MODEL = "smollm2-135m-private@1"
CLIENTS = 48
"""Three times what the engine runs at once."""
BUSY_S = 60.0
OUT_WITHIN_S = 30.0


def replica(cluster: EngineCluster) -> psutil.Process | None:
    for process in psutil.Process(cluster.pid).children(recursive=True):
        try:
            if process.cmdline()[:1] and f"ServeReplica:{MODEL}" in process.cmdline()[0]:
                return process
        except psutil.NoSuchProcess:
            continue
    return None


def core_of(process: psutil.Process) -> psutil.Process:
    return next(p for p in process.children(recursive=True) if "EngineCore" in p.cmdline()[0])


async def test_a_busy_engine_goes_on_and_a_stopped_one_is_replaced(
    engine_cluster: EngineCluster, capsys: pytest.CaptureFixture[str]
) -> None:
    first = replica(engine_cluster)
    assert first is not None
    url = f"{engine_cluster.base_url}/private"
    load = Load([lambda: url], engine_cluster.key, "private", clients=CLIENTS, pause_s=1.0)
    async with load.running():
        await asyncio.sleep(BUSY_S)
        assert first.is_running(), "it was only busy"
        assert load.refused == []

        core_of(first).send_signal(signal.SIGSTOP)
        stopped_s = time.monotonic()
        await load.more_refused(1)
        told_s = time.monotonic() - stopped_s
        await asyncio.to_thread(until, lambda: replica(engine_cluster) != first, 120)
        out_s = time.monotonic() - stopped_s
        await load.more(1)
        back_s = time.monotonic() - stopped_s
    with capsys.disabled():
        sys.stdout.write(
            f"\nstopped: first client told after {told_s:.1f} s, out after {out_s:.1f} s, "
            f"answers again after {back_s:.1f} s; {load.refusals}\n"
        )
    assert out_s <= OUT_WITHIN_S
