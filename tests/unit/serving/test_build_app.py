"""Serve builds the gateway from the rules that were judged, as of when they were."""

from __future__ import annotations

from pathlib import Path

import pytest

from router.policy.load import load_rules
from serving.app import build
from serving.cluster.judged_rules import FilesChanged
from tests.migrated import migrated_state
from tests.unit.router.lifecycle.models_file import MODELS, policy_text


def test_a_gateway_is_built_from_the_files_that_were_judged_and_no_others(tmp_path: Path) -> None:
    models, policy = tmp_path / "models.yaml", tmp_path / "policy.yaml"
    models.write_text(MODELS)
    policy.write_text(policy_text())
    paths = migrated_state(tmp_path / "state")
    args = {
        "models": str(models),
        "policy": str(policy),
        "state_dir": str(paths.state),
        "judged": {"digest": load_rules(models, policy).policy.digest, "at_s": 1.0},
    }
    build(args)
    policy.write_text(f"# another day\n{policy.read_text()}")
    with pytest.raises(FilesChanged):
        build(args)
    del args["judged"]
    build(args)
