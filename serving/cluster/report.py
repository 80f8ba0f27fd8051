"""What the supervisor tells of the cluster: one JSON file, replaced whole, read by everybody."""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import IO, Any

from router.registry.execution import DeployedModel
from serving.cluster.change import ChangeReport, Stage
from serving.cluster.nodes import Node
from serving.cluster.paths import ClusterPaths
from serving.cluster.private_files import write_private


class Phase(StrEnum):
    """The way of a cluster. `CRASHED` is never written: it is what a reader concludes."""

    PREPARING = "preparing"
    WEIGHTS = "weights"
    SIMULATOR = "simulator"
    RAY = "ray"
    SERVE = "serve"
    DEPLOYING = "deploying"
    READY = "ready"
    STOPPING = "stopping"
    STOPPED = "stopped"
    FAILED = "failed"
    CRASHED = "crashed"


ENDED = frozenset({Phase.STOPPED, Phase.FAILED, Phase.CRASHED})


@dataclass(frozen=True, slots=True)
class ModelReport:
    """`wanted` and `running` are replicas of the application that serves the model; each takes
    `bundles`, which a supervisor from before them does not tell.
    """

    application: str
    wanted: int
    running: int
    deployed: DeployedModel
    bundles: tuple[Mapping[str, float], ...] | None = None


@dataclass(frozen=True, slots=True)
class Report:
    """`started_at_s` is seconds since the epoch; `deployments` maps names to Serve's word.

    `models` are by registry key; `nodes` are as they were a moment ago; `change` is the one that is
    under way, or was the last.
    """

    phase: Phase
    cluster_id: str
    url: str
    pid: int
    started_at_s: float
    detail: str = ""
    simulated: tuple[str, ...] = ()
    deployments: dict[str, str] = field(default_factory=dict)
    models: dict[str, ModelReport] = field(default_factory=dict)
    nodes: tuple[Node, ...] = ()
    change: ChangeReport | None = None


def write_report(paths: ClusterPaths, report: Report) -> None:
    write_private(paths.cluster_file, json.dumps(asdict(report), indent=2).encode())


def read_report(paths: ClusterPaths) -> Report | None:
    """The last report, None if this state directory never had a cluster.

    A phase of life without a supervisor that holds the lock is read as CRASHED.
    """
    try:
        said = json.loads(paths.cluster_file.read_text())
    except FileNotFoundError:
        return None
    said["phase"] = Phase(said["phase"])
    said["simulated"] = tuple(said["simulated"])
    said["models"] = {key: _model(model) for key, model in said["models"].items()}
    said["nodes"] = tuple(Node(**node) for node in said["nodes"])
    if said["change"] is not None:
        said["change"] = ChangeReport(**{**said["change"], "stage": Stage(said["change"]["stage"])})
    if said["phase"] not in ENDED and not is_running(paths):
        said["phase"] = Phase.CRASHED
    return Report(**said)


def _model(said: dict[str, Any]) -> ModelReport:
    deployed, bundles = DeployedModel(**said["deployed"]), said.get("bundles")
    told = None if bundles is None else tuple(bundles)
    return ModelReport(**{**said, "deployed": deployed, "bundles": told})


class AlreadyRunning(Exception):
    """Another supervisor holds this state directory."""


@contextmanager
def holding(paths: ClusterPaths) -> Iterator[None]:
    """Holds the state directory for the life of the block; the kernel lets go if we die.

    Raises AlreadyRunning. Children do not inherit the lock.
    """
    with _open_lock(paths) as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise AlreadyRunning(f"a cluster runs from {paths.state}") from None
        yield


def is_running(paths: ClusterPaths) -> bool:
    """Whether a supervisor holds the state directory."""
    if not paths.lock_file.exists():
        return False
    with _open_lock(paths) as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


def _open_lock(paths: ClusterPaths) -> IO[bytes]:
    return os.fdopen(os.open(paths.lock_file, os.O_RDWR | os.O_CREAT, 0o600), "r+b")
