"""A state directory that commands only look at."""

from __future__ import annotations

from pathlib import Path

from serving.cli.output import fail
from serving.cluster.paths import ClusterPaths


def existing(state_dir: Path) -> ClusterPaths:
    """The paths of a state directory that is there; looking at keys makes none."""
    paths = ClusterPaths.of(state_dir)
    if not paths.state.is_dir():
        fail(f"there is no {paths.state}: go where it is, or name it with --state-dir")
    return paths
