"""Restricted models only land on secure nodes, and what fits is what Ray has free."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from serving.cluster.paths import ClusterPaths
from tests.e2e.engine_files import model, write_models
from tests.stack import REPOSITORY

SPLIT = 4
GPU = f"cuda: {{cpus: 1, gpus: 1, engine: {{tensor_parallel_size: {SPLIT}}}}}"
PLACEMENT = f"{{accelerator_type: H100, tensor_parallel: {SPLIT}, zone: secure}}"
ROOM_ON_SECURE_NODES = 2 * 8 // SPLIT


@pytest.mark.timeout(600)  # four Ray nodes on a busy machine
def test_restricted_models_land_on_secure_nodes_and_nothing_more_fits_when_these_are_full(
    tmp_path: Path,
) -> None:
    entry = model(target=ROOM_ON_SECURE_NODES, placement=PLACEMENT, profile=GPU)
    models = write_models(tmp_path / "models.yaml", [entry], 'own: {champion: "1"}')
    run_dir = ClusterPaths.of(tmp_path / "state").run
    run_dir.mkdir(mode=0o700)
    written = tmp_path / "found.json"
    places = map(str, (models, run_dir, written))
    done = subprocess.run(
        [sys.executable, "-m", "tests.e2e.placement_main", *places],
        cwd=REPOSITORY,
        env={**os.environ, "RAY_USAGE_STATS_ENABLED": "0", "RAY_AUTH_MODE": "disabled"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(written.read_text())
    assert (found["nodes"], found["secure_nodes"]) == (4, 2)
    assert found["replicas"] == {"own@1": [True] * ROOM_ON_SECURE_NODES}
    # The other two nodes have 16 GPUs free.
    assert found["room"] == {"own@1": 0}
    assert "of the 2 nodes that could hold one none has over 0 free" in found["shortage"]["own@1"]
