"""The composition root of the gateway: the rules, as the cluster begins with them → Ray Serve."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from ray.serve import Application

from serving.cluster.judged_rules import judged_rules
from serving.cluster.launch import JudgedRules
from serving.cluster.paths import ClusterPaths
from serving.gateway_deployment import gateway_deployment


def build(args: dict[str, Any]) -> Application:
    """Called by Serve, in a process of its own, for `import_path: serving.app:build`.

    The rules are read and proven here, once: a replica that starts again later serves with the same
    rules as the others, whatever the files say by then. Which models there are is no part of them:
    each is an application of its own (`serving.cluster.applications`), and a gateway finds what the
    rules name when it takes them up. They are of the time at which `up` judged them, so that what
    was applied since stays in force; of now where nobody did. Raises FilesChanged and ConfigError.
    """
    paths = ClusterPaths.of(Path(args["state_dir"]))
    judged = JudgedRules(**args["judged"]) if "judged" in args else None
    files = Path(args["models"]), Path(args["policy"])
    rules = judged_rules(*files, judged, paths.database_url)
    return gateway_deployment(rules, time.time() if judged is None else judged.at_s, paths)
