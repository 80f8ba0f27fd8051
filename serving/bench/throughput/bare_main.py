"""`python -m serving.bench.throughput.bare_main STATE_DIR MODEL`: the bare ingress, for a while.

Joins the cluster of that state directory, puts the ingress beside its gateway, says so on standard
output, and takes it away again when standard input ends.
"""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from pathlib import Path

import psutil

from serving.cluster.launch import Launch
from serving.cluster.paths import ClusterPaths
from serving.cluster.processes import recorded
from serving.cluster.ray_environment import ray_environment

READY = "ready"
_GCS = "--gcs-address="


def gcs_address(paths: ClusterPaths) -> str:
    """Where the cluster's Ray is: nothing but its processes' arguments says so.

    Raises LookupError where no cluster runs from this state directory.
    """
    for process in recorded(paths).values():
        with suppress(psutil.Error):
            for argument in process.cmdline():
                if argument.startswith(_GCS):
                    return argument.removeprefix(_GCS)
    raise LookupError("no cluster runs from this state directory")


def main() -> None:
    state_dir, model = sys.argv[1:]
    launch = Launch.load(ClusterPaths.of(Path(state_dir)))
    # Ray and Serve read it when they are imported; hence the imports below.
    os.environ.update(ray_environment(launch, os.environ))
    import ray  # noqa: PLC0415
    from ray import serve  # noqa: PLC0415

    from serving.bench.throughput.bare import BARE, ROUTE, bare_application  # noqa: PLC0415

    ray.init(
        address=gcs_address(launch.paths),
        namespace="serve",
        log_to_driver=False,
        logging_level="warning",
        _temp_dir=str(launch.paths.ray),
    )
    serve.run(bare_application(model), name=BARE, route_prefix=ROUTE)
    sys.stdout.write(f"{READY}\n")
    sys.stdout.flush()
    sys.stdin.read()
    serve.delete(BARE)


if __name__ == "__main__":
    main()
