"""What is wanted of a cluster, as a file that only its owner reads."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from serving.cluster.change import OVER, Change, ChangeReport, Stage, wanted
from serving.cluster.paths import ClusterPaths

CHANGE = Change(
    "a person", "a reason", 1.5, "sha256:x", {"own@1": 3}, drain_s=2.0, simulated=("firm",)
)


@pytest.fixture
def paths(tmp_path: Path) -> ClusterPaths:
    paths = ClusterPaths(state=tmp_path / "state", run=tmp_path / "run")
    paths.create()
    return paths


def test_a_change_is_read_as_it_was_written(paths: ClusterPaths) -> None:
    assert wanted(paths) is None
    CHANGE.save(paths)
    assert wanted(paths) == CHANGE
    assert paths.wanted_file.stat().st_mode & 0o777 == 0o600


def test_every_change_is_another() -> None:
    assert Change("a", "b", 0.0).id != Change("a", "b", 0.0).id


@pytest.mark.parametrize("said", [{"schema": 2}, {"more": 1}, {"simulated": None}, {"actor": ...}])
def test_a_file_of_another_release_is_refused(paths: ClusterPaths, said: dict[str, object]) -> None:
    CHANGE.save(paths)
    content = json.loads(paths.wanted_file.read_text())
    content = {k: v for k, v in {**content, **said}.items() if v is not ...}
    paths.wanted_file.write_text(json.dumps(content))
    with pytest.raises(ValueError, match=r"wanted\.json"):
        wanted(paths)


def test_a_change_is_over_when_it_is_done_or_has_failed() -> None:
    assert {stage for stage in Stage if ChangeReport("x", stage).is_over} == OVER
