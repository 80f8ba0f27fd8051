"""What a cluster is started with: written by `ringfence up`, read by the supervisor."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from hardware.accelerator import Accelerator
from serving.cluster.paths import ClusterPaths
from serving.cluster.ports import Ports
from serving.cluster.private_files import write_private


@dataclass(frozen=True, slots=True)
class JudgedRules:
    """What `up` let start: the digest of the files, and when it was asked to."""

    digest: str
    at_s: float


@dataclass(frozen=True, slots=True)
class Launch:
    """Everything about one start. Paths are absolute; `simulated` are providers stood in for.

    `cluster_id` is new with each start. `tls_cert` and `tls_key` come together or not at all.
    """

    cluster_id: str
    state_dir: str
    models: str
    policy: str
    host: str
    ports: Ports
    accelerator: Accelerator
    simulated: tuple[str, ...] = ()
    gateway_replicas: int = 1
    tls_cert: str | None = None
    tls_key: str | None = None
    simulates_engines: bool = False
    """For drills: engines that load no weights and need no GPU."""
    parent_pid: int | None = None
    """A foreground `ringfence up`: when it is gone, so is the cluster."""
    judged: JudgedRules | None = None
    """None where nobody did, as on KubeRay: then the files that are there start."""

    @property
    def url(self) -> str:
        shown = "127.0.0.1" if self.host in ("0.0.0.0", "::") else self.host  # noqa: S104
        shown = f"[{shown}]" if ":" in shown else shown
        return f"{'https' if self.tls_cert else 'http'}://{shown}:{self.ports.http}"

    def save(self, paths: ClusterPaths) -> None:
        write_private(paths.launch_file, json.dumps(asdict(self), indent=2).encode())

    @classmethod
    def load(cls, paths: ClusterPaths) -> Launch:
        said = json.loads(paths.launch_file.read_text())
        said["ports"] = Ports(**said["ports"])
        said["simulated"] = tuple(said["simulated"])
        judged = said.get("judged")
        said["judged"] = None if judged is None else JudgedRules(**judged)
        return cls(**said)

    @property
    def paths(self) -> ClusterPaths:
        return ClusterPaths.of(Path(self.state_dir))
