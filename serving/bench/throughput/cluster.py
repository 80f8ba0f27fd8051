"""A cluster of the benchmark's own, and two doors into it: a bare ingress, and the gateway.

Both are in front of the same engine: what differs between them is the gateway alone.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

from benchmarks.throughput.generator import Target, environment
from benchmarks.throughput.measure import Door
from benchmarks.throughput.scenario import Layer
from serving.bench.throughput.bare_main import READY
from serving.bench.throughput.configuration import write_configuration
from serving.bench.throughput.started import DidNotStart
from serving.cluster.paths import ClusterPaths
from serving.cluster.processes import family, ingress_of, recorded

BARE_PATH = "/bench-throughput"
_START_S = 1_200.0
_STOP_S = 120.0


@contextmanager
def running_cluster(
    directory: Path, models: Path, policy: Path, key: str
) -> Iterator[ClusterPaths]:
    """`ringfence up` with one model and a state directory below `directory`, on loopback.

    Raises DidNotStart, leaving nothing running.
    """
    paths = ClusterPaths.of(directory / "state")
    own_models, own_policy = write_configuration(directory, models, policy, key)
    log = directory / "cluster.log"
    options = ["--state-dir", str(paths.state), "--models", str(own_models)]
    options += ["--policy", str(own_policy), "--port", "0", "--detach"]
    try:
        status = _ringfence(["up", *options], log, _START_S)
        if status != 0:
            raise DidNotStart("the cluster", f"`ringfence up` ended with {status}", log)
        yield paths
    finally:
        _ringfence(["down", "--state-dir", str(paths.state)], log, _STOP_S)


def gateway_door(paths: ClusterPaths, key: str) -> Door:
    api_key = paths.first_key_file.read_text("utf-8").strip()
    return Door(Layer.GATEWAY, Target(_url(paths), key, api_key), lambda: _members(paths))


@contextmanager
def serve_door(paths: ClusterPaths, key: str, directory: Path) -> Iterator[Door]:
    """The bare ingress, while the context lasts. Raises DidNotStart."""
    log = directory / "bare.log"
    with log.open("wb") as output:
        process = subprocess.Popen(  # noqa: S603
            [sys.executable, "-m", "serving.bench.throughput.bare_main", str(paths.state), key],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=output,
            env=environment(os.environ),
            start_new_session=True,
        )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        # It says so, or it ends: both end this line.
        if process.stdout.readline().decode().strip() != READY:
            raise DidNotStart("the bare ingress", "it ended", log)
        target = Target(f"{_url(paths)}{BARE_PATH}", key)
        yield Door(Layer.SERVE, target, lambda: _members(paths))
    finally:
        process.stdin.close()
        try:
            process.wait(_STOP_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        process.stdout.close()


def _ringfence(arguments: list[str], log: Path, timeout_s: float) -> int:
    """Its exit status, 124 where it took too long; what it says goes into the log."""
    with log.open("ab") as output:
        try:
            return subprocess.run(  # noqa: S603
                [sys.executable, "-m", "serving.cli.main", *arguments],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                env=environment(os.environ),
                timeout=timeout_s,
                check=False,
            ).returncode
        except subprocess.TimeoutExpired:
            return 124


def _url(paths: ClusterPaths) -> str:
    return str(json.loads(paths.cluster_file.read_text("utf-8"))["url"])


def _members(paths: ClusterPaths) -> dict[int, psutil.Process]:
    known = recorded(paths)
    return {**known, **family(known), **ingress_of(paths)}
