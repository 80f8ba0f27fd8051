"""What is said of a cluster, and what a reader makes of a supervisor that died."""

from __future__ import annotations

from pathlib import Path

import pytest

from serving.cluster.paths import ClusterPaths, UnsafeDirectory
from serving.cluster.report import (
    AlreadyRunning,
    Phase,
    Report,
    holding,
    is_running,
    read_report,
    write_report,
)


@pytest.fixture
def paths(tmp_path: Path) -> ClusterPaths:
    paths = ClusterPaths(state=tmp_path / "state", run=tmp_path / "run")
    paths.create()
    return paths


def _report(phase: Phase) -> Report:
    return Report(phase, "id", "http://127.0.0.1:1", 1, 0.0, deployments={"gateway": "HEALTHY"})


def test_there_is_no_report_of_a_cluster_that_never_was(paths: ClusterPaths) -> None:
    assert read_report(paths) is None
    assert not is_running(paths)


def test_a_report_is_read_as_it_was_written(paths: ClusterPaths) -> None:
    with holding(paths):
        write_report(paths, _report(Phase.READY))
        assert read_report(paths) == _report(Phase.READY)
        assert is_running(paths)
    assert not is_running(paths)


def test_a_life_without_a_supervisor_is_a_crash(paths: ClusterPaths) -> None:
    write_report(paths, _report(Phase.READY))
    found = read_report(paths)
    assert found is not None
    assert found.phase is Phase.CRASHED


def test_an_end_is_not_a_crash(paths: ClusterPaths) -> None:
    write_report(paths, _report(Phase.STOPPED))
    found = read_report(paths)
    assert found is not None
    assert found.phase is Phase.STOPPED


def test_only_one_supervisor_holds_a_state_directory(paths: ClusterPaths) -> None:
    with holding(paths), pytest.raises(AlreadyRunning), holding(paths):
        pass


def test_sockets_fit_below_the_run_directory(tmp_path: Path) -> None:
    deep = tmp_path.joinpath(*["directory-with-a-long-name"] * 8)
    assert len(str(ClusterPaths.of(deep).run)) <= 27


def test_a_run_directory_that_is_a_link_is_refused(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "run").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(UnsafeDirectory):
        ClusterPaths(state=tmp_path / "state", run=tmp_path / "run").create()
