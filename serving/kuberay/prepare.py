"""Run by each pod before Ray: `python -m serving.kuberay.prepare SECRETS STATE HAPROXY`.

Kubernetes mounts secrets readable for a group, and this program refuses keys that others can read.
So they are copied, each with mode 0600, to a volume in memory. And a gateway has a detector, whose
model is made here of what the image has, since a pod's cache is empty.
"""

from __future__ import annotations

import sys
from pathlib import Path

from serving.cluster.ingress import write_ingress_program
from serving.cluster.paths import ClusterPaths
from serving.cluster.private_files import write_private
from serving.detection.neural import quantise
from serving.kuberay.settings import GATEWAY, PEERS, PROVIDERS


def prepare(secrets: Path, state: Path, haproxy: Path) -> None:
    """Makes the state directory: secrets with mode 0600, and the ingress's program.

    `secrets` has a directory for each Secret that the pod may read; those of credentials go where
    providers' are looked for. Where the gateway's is among them, the detector's model is made, in
    the cache of XDG_CACHE_HOME. Raises OSError, and ModelMissing where the image does not have it.
    """
    paths = ClusterPaths.of(state)
    paths.create()
    haproxy.mkdir(mode=0o700, exist_ok=True)
    for source in sorted(secrets.rglob("*")):
        # The mount keeps its versions in hidden directories, and links to the current one.
        name = source.relative_to(secrets)
        if not source.is_file() or any(part.startswith("..") for part in name.parts):
            continue
        directory = paths.providers if name.parts[0] in (PROVIDERS, PEERS) else paths.secrets
        target = directory.joinpath(*name.parts[1:])
        write_private(target, source.read_bytes())
    write_ingress_program(paths)
    if (secrets / GATEWAY).is_dir():
        quantise.ensure()


if __name__ == "__main__":
    prepare(*map(Path, sys.argv[1:]))
