"""The engine cluster: the real thing, started once for all tests that ask for it.

Started and stopped with the commands that a person would use.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import router

ROOT = Path(router.__file__).parent.parent
START_S = 900


@dataclass(frozen=True)
class EngineCluster:
    """`base_url` has no path: `{base_url}/v1` and `{base_url}/private/v1` are the two APIs."""

    base_url: str
    key: str
    state_dir: Path
    pid: int


@contextmanager
def running_engine_cluster(directory: Path) -> Iterator[EngineCluster]:
    """models.yaml and the policy as they ship, simulators for both providers."""
    place = ["--state-dir", str(directory / "state")]
    files = ["--models", str(ROOT / "models.yaml"), "--policy", str(ROOT / "router/policy.yaml")]
    try:
        _ringfence("up", "--detach", "--port", "0", *files, *place)
        said = json.loads(_ringfence("status", "--json", *place))
        state_dir = directory / "state"
        key = (state_dir / "first-key").read_text().strip()
        yield EngineCluster(said["url"], key, state_dir, said["pid"])
    finally:
        _ringfence("down", *place)


def _ringfence(*arguments: str) -> str:
    without_credentials = {n: v for n, v in os.environ.items() if not n.endswith("_API_KEY")}
    command = [sys.executable, "-m", "serving.cli.main", *arguments]
    done = subprocess.run(
        command,
        capture_output=True,
        text=True,
        timeout=START_S,
        env=without_credentials,
        cwd=ROOT,
        check=False,
    )
    if done.returncode != 0:
        raise AssertionError(f"{' '.join(arguments)} failed:\n{done.stdout}\n{done.stderr}")
    return done.stdout
