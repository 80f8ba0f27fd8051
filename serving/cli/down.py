"""`ringfence down`"""

from __future__ import annotations

import os
import signal
import time

from serving.cli.options import STATE_DIR, StateDir
from serving.cli.output import Steps, counted, fail, out
from serving.cluster import processes
from serving.cluster.paths import ClusterPaths
from serving.cluster.report import is_running, read_report
from serving.cluster.supervisor import clean_up

_PATIENCE_S = 90.0


def down(state_dir: StateDir = STATE_DIR) -> None:
    """Stop the cluster: drain, then end every process of it.

    Also ends what a crashed cluster left. Stopping what does not run is no error.

    Example: ringfence down
    """
    paths = ClusterPaths.of(state_dir)
    if not is_running(paths):
        left = clean_up(paths) if paths.state.is_dir() else 0
        out.print(
            f"nothing runs from {paths.state}"
            + (
                f"; ended {counted(left, 'process', 'processes')} of an earlier cluster"
                if left
                else ""
            ),
            markup=False,
        )
        return
    with Steps() as steps:
        steps.begin("draining and stopping")
        stop(paths)
    out.print("stopped", markup=False)


def stop(paths: ClusterPaths) -> None:
    """Ends a running supervisor and waits for it; after 90 s by force."""
    report = read_report(paths)
    if report is None:
        fail(f"{paths.state} is held by something that is no cluster")
    try:
        os.kill(report.pid, signal.SIGTERM)
    except ProcessLookupError:
        return
    deadline_s = time.monotonic() + _PATIENCE_S
    while is_running(paths):
        if time.monotonic() > deadline_s:
            processes.end(processes.family([report.pid]).values())
            clean_up(paths)
            return
        time.sleep(0.2)
