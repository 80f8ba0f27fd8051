"""The engine cluster: the real thing, started once for all tests that ask for it.

Started as the README says, with `make up`, and ended as it says, with Ctrl-C.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
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


class StartingEngineCluster:
    """`make up` under way: models.yaml and the policy as they ship, simulators for both providers.

    Effects: processes, from when it is made until `stop`.
    """

    def __init__(self, directory: Path) -> None:
        self._paths = ClusterPaths.of(directory / "state")
        self._printed, self._progress = directory / "printed", directory / "progress"
        # What is started in a shell's background ignores Ctrl-C, and so does all that it starts.
        signal.signal(signal.SIGINT, signal.default_int_handler)
        with self._printed.open("w") as out, self._progress.open("w") as err:
            self._make = subprocess.Popen(
                ["make", "up", f"UP=--port 0 --state-dir {self._paths.state}"],
                cwd=ROOT,
                env=_environment(),
                stdout=out,
                stderr=err,
                start_new_session=True,
            )

    def wait(self) -> EngineCluster:
        """The cluster, once it is up; raises AssertionError, with what was said, if it never is."""
        deadline_s = time.monotonic() + START_S
        while "x-ringfence-" not in self._printed.read_text():
            if self._make.poll() is not None or time.monotonic() > deadline_s:
                raise AssertionError(f"make up did not come up:\n{self._progress.read_text()}")
            time.sleep(0.5)
        said = json.loads(self._paths.cluster_file.read_text())
        key = self._paths.first_key_file.read_text().strip()
        printed = self._printed.read_text()
        return EngineCluster(said["url"], key, self._paths.state, said["pid"], printed)

    def stop(self) -> None:
        """As Ctrl-C does it, up or not; nothing the second time. Raises AssertionError for what
        is left.
        """
        if self._make.poll() is not None:
            return
        members = psutil.Process(self._make.pid).children(recursive=True)
        os.killpg(self._make.pid, signal.SIGINT)
        self._make.wait(STOP_S)
        _, left = psutil.wait_procs(members, timeout=10)
        assert left == [], f"Ctrl-C left {[process.cmdline() for process in left]}"


def _environment() -> dict[str, str]:
    return {
        name: value
        for name, value in os.environ.items()
        if not name.endswith("_API_KEY") and name not in _MAKES_OWN
    }
