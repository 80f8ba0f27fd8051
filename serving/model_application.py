"""The Serve application of an engine, or of a provider's adapter, built without importing either.

Serve builds each application in a process of its own, all of them at once. None needs for it what
its replicas import: vLLM is 17 s and 470 MB, a provider's SDK 2 s. So the class is named by its
import path, and replicas import it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ray import serve
from ray.serve import Application

from serving.health.watchdog import SERVE_HEALTH

_DOORLESS = {"RAY_SERVE_ENABLE_HA_PROXY": "0", "RAY_SERVE_ENABLE_DIRECT_INGRESS": "0"}
"""To Serve an application's first deployment is an ingress, and each of its replicas would listen
for HTTP: a way to a model that passes no gateway (I1, I5). Under this its one door is the handle.
"""


def build(args: dict[str, Any]) -> Application:
    """Called by Serve for `import_path: serving.model_application:build`.

    `args` are those of `serving.cluster.applications`. The number of replicas is the deploy
    schema's and not set here, so that scaling never restarts a replica.
    """
    deployment = serve.deployment(
        name=args["name"],
        # Bundles are all that a replica takes; the actor itself would take another CPU.
        ray_actor_options={"num_cpus": 0, "runtime_env": {"env_vars": environment_of(args)}},
        placement_group_bundles=args["bundles"] or None,
        placement_group_strategy="STRICT_PACK" if args["bundles"] else None,
        **SERVE_HEALTH,
    )
    application: Application = deployment(args["class"]).bind(args)
    return application


def environment_of(args: Mapping[str, Any]) -> dict[str, str]:
    """That of a replica, and of what it starts."""
    return {**args["env"], **_DOORLESS}
