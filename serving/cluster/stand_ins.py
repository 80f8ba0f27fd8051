"""The simulator process that stands in for providers without a credential."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterable, Mapping

from router.domain import Location
from router.registry.registry import HttpBackend, Registry
from serving.cluster.launch import Launch
from serving.cluster.ports import free_port, is_listening

_START_S = 60.0


class SimulatorFailed(Exception):
    """The simulator ended or did not listen in time; its log says why."""


def credential_names(registry: Registry) -> frozenset[str]:
    """The environment variables that models.yaml names."""
    backends = (entry.backend for entry in registry.entries.values())
    return frozenset(b.credential for b in backends if isinstance(b, HttpBackend) and b.credential)


def providers_without_credential(registry: Registry, available: frozenset[str]) -> dict[str, str]:
    """Providers to stand in for, with the kind of API each speaks.

    A model without a credential is the customer's own server and is never stood in for.
    """
    return {
        entry.backend.provider: entry.backend.kind
        for entry in registry.entries.values()
        if isinstance(entry.backend, HttpBackend)
        and entry.spec.location is Location.EXTERNAL
        and entry.backend.credential is not None
        and entry.backend.credential not in available
    }


def base_urls(kinds: Mapping[str, str], port: int) -> dict[str, str]:
    """Each provider's base URL at the simulator; the SDKs add the rest of the path."""
    paths = {"openai": "/v1", "anthropic": ""}
    return {name: f"http://127.0.0.1:{port}{paths[kind]}" for name, kind in kinds.items()}


def start_simulator(
    launch: Launch, environ: Mapping[str, str]
) -> tuple[subprocess.Popen[bytes], int]:
    """Starts it on a free loopback port and waits until it listens. Raises SimulatorFailed."""
    port = free_port()
    command = [sys.executable, "-m", "serving.cli.main", "simulator", "--port", str(port)]
    log = launch.paths.logs / "simulator.log"
    with os.fdopen(os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as output:
        process = subprocess.Popen(  # noqa: S603
            command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, env=dict(environ)
        )
    deadline_s = time.monotonic() + _START_S
    while not is_listening(port):
        if process.poll() is not None or time.monotonic() > deadline_s:
            process.kill()
            process.wait()
            raise SimulatorFailed(f"the simulator did not start; see {log}")
        time.sleep(0.1)
    return process, port


def stop_all(processes: Iterable[subprocess.Popen[bytes]]) -> None:
    for process in processes:
        process.terminate()
        try:
            process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
