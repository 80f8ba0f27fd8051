"""A cluster of the benchmark's own, its engine simulated, and the two doors into it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import httpx2

from benchmarks.overhead.client import NotAnswered, Target
from benchmarks.overhead.measure import Doors
from benchmarks.throughput.generator import environment
from router.domain import Role
from router.policy.load import load_rules
from serving.bench.overhead.configuration import BARE, ENGINE, KEY, write_overhead_configuration
from serving.bench.throughput.bare_main import READY
from serving.bench.throughput.cluster import gateway_door
from serving.bench.throughput.started import DidNotStart
from serving.cluster.accounts import open_key_store
from serving.cluster.paths import ClusterPaths

_START_S = 600.0
_STOP_S = 120.0
_PAGE_S = 30.0


@contextmanager
def running_doors(directory: Path, policy: Path) -> Iterator[Doors]:
    """`ringfence up` with a state directory below `directory`, on loopback, and a bare ingress
    beside its gateway. Raises DidNotStart and ConfigError, leaving nothing running.
    """
    paths = ClusterPaths.of(directory / "state")
    models, own_policy = write_overhead_configuration(directory, policy, ENGINE)
    log = directory / "cluster.log"
    options = ["--state-dir", str(paths.state), "--models", str(models)]
    options += ["--policy", str(own_policy), "--port", "0", "--simulate-engines", "--detach"]
    try:
        status = _ringfence(["up", *options], log, _START_S)
        if status != 0:
            raise DidNotStart("the cluster", f"`ringfence up` ended with {status}", log)
        with _bare_ingress(paths, directory / "bare.log"):
            yield _doors(paths, load_rules(models, own_policy).policy.digest)
    finally:
        _ringfence(["down", "--state-dir", str(paths.state)], log, _STOP_S)


def _doors(paths: ClusterPaths, policy_digest: str) -> Doors:
    door = gateway_door(paths, KEY)
    assert door.family is not None
    url = door.target.base_url
    return Doors(
        bare=Target("the bare ingress", f"{url}/{BARE}", KEY),
        gateway=Target("the gateway", url, KEY, door.target.key),
        engine=ENGINE,
        policy_digest=policy_digest,
        page=partial(_page, url, _operator_key(paths)),
        family=door.family,
    )


def _operator_key(paths: ClusterPaths) -> str:
    """Metrics are for operators. The gateway learns of it within its poll of the database."""
    _, key = open_key_store(paths).create(
        team="operators", owner="whoever measures", roles=[Role.OPERATOR]
    )
    return key


def _page(url: str, key: str) -> str:
    """Raises NotAnswered."""
    headers = {"authorization": f"Bearer {key}"}
    try:
        answer = httpx2.get(f"{url}/metrics", headers=headers, timeout=_PAGE_S, trust_env=False)
        answer.raise_for_status()
    except httpx2.HTTPError as error:
        raise NotAnswered(f"the gateway's metrics: {type(error).__name__}") from None
    return answer.text


@contextmanager
def _bare_ingress(paths: ClusterPaths, log: Path) -> Iterator[None]:
    """While the context lasts. Raises DidNotStart."""
    with log.open("wb") as output:
        process = subprocess.Popen(  # noqa: S603
            [sys.executable, "-m", "serving.bench.overhead.bare_main", str(paths.state), KEY],
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
        yield
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
