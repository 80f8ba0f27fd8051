"""A launch for tests of what is made of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from serving.cluster.launch import Launch
from serving.cluster.ports import Ports


def launch(state_dir: Path, **said: Any) -> Launch:
    settings: dict[str, Any] = {
        "cluster_id": "c",
        "state_dir": str(state_dir),
        "models": "/models.yaml",
        "policy": "/policy.yaml",
        "host": "127.0.0.1",
        "ports": Ports(8080, 1, 2, 3, 4, 10, 19, 20, 29),
        "accelerator": "cpu",
    }
    return Launch(**(settings | said))
