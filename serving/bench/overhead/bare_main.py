"""`python -m serving.bench.overhead.bare_main STATE_DIR MODEL`: the bare ingress, for a while.

As `serving.bench.throughput.bare_main`, with the ingress that takes chats.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from serving.bench.overhead.configuration import BARE
from serving.bench.throughput.bare_main import READY, gcs_address
from serving.cluster.launch import Launch
from serving.cluster.paths import ClusterPaths
from serving.cluster.ray_environment import ray_environment


def main() -> None:
    state_dir, model = sys.argv[1:]
    launch = Launch.load(ClusterPaths.of(Path(state_dir)))
    # Ray and Serve read it when they are imported; hence the imports below.
    os.environ.update(ray_environment(launch, os.environ))
    import ray  # noqa: PLC0415
    from ray import serve  # noqa: PLC0415

    from serving.bench.overhead.bare import bare_application  # noqa: PLC0415

    ray.init(
        address=gcs_address(launch.paths),
        namespace="serve",
        log_to_driver=False,
        logging_level="warning",
        _temp_dir=str(launch.paths.ray),
    )
    serve.run(bare_application(model), name=BARE, route_prefix=f"/{BARE}")
    sys.stdout.write(f"{READY}\n")
    sys.stdout.flush()
    sys.stdin.read()
    serve.delete(BARE)


if __name__ == "__main__":
    main()
