"""The engine cluster: the real thing, started once for all tests that ask for it.

Started as the README says, with `make up`, and ended as it says, with Ctrl-C.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

from serving.cluster.paths import ClusterPaths

ROOT = Path(__file__).parent.parent
START_S = 900
STOP_S = 120
# What `make` tells its children would have another one believe that it is its child.
_MAKES_OWN = ("MAKEFLAGS", "MAKELEVEL", "MFLAGS", "MAKEOVERRIDES")


@dataclass(frozen=True)
class EngineCluster:
    """`base_url` has no path: `{base_url}/v1` and `{base_url}/private/v1` are the two APIs.

    `printed` is what `make up` said when it was up.
    """

    base_url: str
    key: str
    state_dir: Path
    pid: int
    printed: str


@contextmanager
def running_engine_cluster(directory: Path) -> Iterator[EngineCluster]:
    """`make up`: models.yaml and the policy as they ship, simulators for both providers.

    Raises AssertionError, with what was said, if it never comes up, and for what Ctrl-C leaves.
    """
    paths = ClusterPaths.of(directory / "state")
    printed, progress = directory / "printed", directory / "progress"
    # What is started in a shell's background ignores Ctrl-C, and so does all that it starts.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    with printed.open("w") as out, progress.open("w") as err:
        make = subprocess.Popen(
            ["make", "up", f"UP=--port 0 --state-dir {paths.state}"],
            cwd=ROOT,
            env=_environment(),
            stdout=out,
            stderr=err,
            start_new_session=True,
        )
    try:
        deadline_s = time.monotonic() + START_S
        while "x-ringfence-" not in printed.read_text():
            if make.poll() is not None or time.monotonic() > deadline_s:
                raise AssertionError(f"make up did not come up:\n{progress.read_text()}")
            time.sleep(0.5)
        said = json.loads(paths.cluster_file.read_text())
        key = paths.first_key_file.read_text().strip()
        yield EngineCluster(said["url"], key, paths.state, said["pid"], printed.read_text())
    finally:
        _stop(make)


def _stop(make: subprocess.Popen[bytes]) -> None:
    """As Ctrl-C does it, up or not."""
    if make.poll() is not None:
        return
    members = psutil.Process(make.pid).children(recursive=True)
    os.killpg(make.pid, signal.SIGINT)
    make.wait(STOP_S)
    _, left = psutil.wait_procs(members, timeout=10)
    assert left == [], f"Ctrl-C left {[process.cmdline() for process in left]}"


def _environment() -> dict[str, str]:
    return {
        name: value
        for name, value in os.environ.items()
        if not name.endswith("_API_KEY") and name not in _MAKES_OWN
    }
