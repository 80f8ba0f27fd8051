"""The cluster's processes by identity, so that all of them end and nobody else does.

A pid alone is not an identity, since pids are used again: a pid with its start time is.
"""

from __future__ import annotations

import json
from collections.abc import Iterable

import psutil

from serving.cluster.paths import ClusterPaths
from serving.cluster.private_files import write_private

_TERMINATE_S = 8.0


def family(pids: Iterable[int]) -> dict[int, psutil.Process]:
    """The processes and all their descendants that are there now, by pid."""
    found: dict[int, psutil.Process] = {}
    for pid in pids:
        try:
            process = psutil.Process(pid)
            members = [process, *process.children(recursive=True)]
        except psutil.NoSuchProcess:
            continue
        found.update({member.pid: member for member in members})
    return found


def record(paths: ClusterPaths, processes: Iterable[psutil.Process]) -> None:
    """Remembers who belongs to the cluster, for whoever cleans up after a supervisor's death."""
    known = {}
    for process in processes:
        try:
            known[str(process.pid)] = process.create_time()
        except psutil.NoSuchProcess:
            continue
    write_private(paths.processes_file, json.dumps(known).encode())


def recorded(paths: ClusterPaths) -> dict[int, psutil.Process]:
    """Those remembered that still live, and what descends from them; never this process."""
    try:
        known = json.loads(paths.processes_file.read_text())
    except FileNotFoundError:
        return {}
    alive = []
    for pid, started_at_s in known.items():
        try:
            if abs(psutil.Process(int(pid)).create_time() - started_at_s) < 0.1:
                alive.append(int(pid))
        except psutil.NoSuchProcess:
            continue
    found = family(alive)
    found.pop(psutil.Process().pid, None)
    return found


def ingress_of(paths: ClusterPaths) -> dict[int, psutil.Process]:
    """The HAProxy processes that run on this cluster's own configuration file."""
    below = f"{paths.haproxy}/"
    found = {}
    for process in psutil.process_iter(["name", "cmdline"]):
        arguments = process.info["cmdline"] or []
        if process.info["name"] == "haproxy" and any(a.startswith(below) for a in arguments):
            found[process.pid] = process
    return found


def end(processes: Iterable[psutil.Process]) -> int:
    """Asks them to end, then makes them; returns how many had to be made."""
    listed = list(processes)
    for process in listed:
        _signal(process, kill=False)
    _, stubborn = psutil.wait_procs(listed, timeout=_TERMINATE_S)
    for process in stubborn:
        _signal(process, kill=True)
    psutil.wait_procs(stubborn, timeout=_TERMINATE_S)
    return len(stubborn)


def _signal(process: psutil.Process, kill: bool) -> None:
    try:
        # psutil compares start times before it signals.
        process.kill() if kill else process.terminate()
    except psutil.NoSuchProcess:
        return
