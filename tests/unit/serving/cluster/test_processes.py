"""Processes are ended by identity: pid and start time."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from serving.cluster import processes
from serving.cluster.paths import ClusterPaths
from serving.cluster.supervisor import clean_up

_PARENT = (
    "import subprocess, sys, time;"
    "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)']);"
    "print(child.pid, flush=True); time.sleep(60)"
)


@pytest.fixture
def paths(tmp_path: Path) -> ClusterPaths:
    paths = ClusterPaths(state=tmp_path / "state", run=tmp_path / "run")
    paths.create()
    return paths


@pytest.fixture
def tree() -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    """A process and its child."""
    with subprocess.Popen([sys.executable, "-c", _PARENT], stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        yield parent, child
        parent.kill()
        if psutil.pid_exists(child):
            psutil.Process(child).kill()


def test_a_family_is_a_process_and_all_below_it(tree: tuple[subprocess.Popen[bytes], int]) -> None:
    parent, child = tree
    assert set(processes.family([parent.pid])) == {parent.pid, child}


def test_what_a_killed_supervisor_left_is_ended(
    paths: ClusterPaths, tree: tuple[subprocess.Popen[bytes], int]
) -> None:
    parent, child = tree
    processes.record(paths, processes.family([parent.pid]).values())
    parent.kill()
    parent.wait()
    assert clean_up(paths) == 1
    assert not psutil.pid_exists(child) or psutil.Process(child).status() == "zombie"


def test_a_pid_that_is_used_again_is_left_alone(
    paths: ClusterPaths, tree: tuple[subprocess.Popen[bytes], int]
) -> None:
    parent, _ = tree
    another = psutil.Process(parent.pid).create_time() - 100
    paths.processes_file.write_text(json.dumps({str(parent.pid): another}))
    assert clean_up(paths) == 0
    assert parent.poll() is None


def test_cleaning_up_never_ends_whoever_cleans_up(paths: ClusterPaths) -> None:
    processes.record(paths, [psutil.Process(os.getpid())])
    assert os.getpid() not in processes.recorded(paths)


def test_nothing_recorded_is_nothing_to_end(paths: ClusterPaths) -> None:
    assert clean_up(paths) == 0
