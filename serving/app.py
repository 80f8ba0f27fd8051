"""The composition root of the gateway: the rules, as the cluster begins with them → Ray Serve."""

from __future__ import annotations

from pathlib import Path

from ray.serve import Application

from router.policy.load import load_rules
from serving.cluster.paths import ClusterPaths
from serving.gateway_deployment import gateway_deployment


def build(args: dict[str, str]) -> Application:
    """Called by Serve, in a process of its own, for `import_path: serving.app:build`.

    The rules are read and proven here, once: a replica that starts again later serves with the same
    rules as the others, whatever the files say by then. Which models there are is no part of them:
    each is an application of its own (`serving.cluster.applications`), and a gateway finds what the
    rules name when it takes them up. Raises ConfigError.
    """
    rules = load_rules(Path(args["models"]), Path(args["policy"]))
    return gateway_deployment(rules, ClusterPaths.of(Path(args["state_dir"])))
