"""A real MLflow server on 127.0.0.1, with SQLite behind it."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2

START_S = 120.0

# MLflow's own: what `mlflow server` sets for the application that it starts.
_STORE, _ARTIFACTS = "_MLFLOW_SERVER_FILE_STORE", "_MLFLOW_SERVER_ARTIFACT_ROOT"


@contextmanager
def running_mlflow(directory: Path) -> Iterator[str]:
    """Its tracking URI. One process; it listens on a socket that is open before it starts, so that
    nobody else can get its port.
    """
    environ = os.environ | {
        _STORE: f"sqlite:///{directory / 'mlflow.db'}",
        _ARTIFACTS: str(directory / "artifacts"),
        "MLFLOW_DISABLE_TELEMETRY": "true",
        "DO_NOT_TRACK": "true",
    }
    with socket.create_server(("127.0.0.1", 0)) as listener:
        uri = f"http://127.0.0.1:{listener.getsockname()[1]}"
        number = str(listener.fileno())
        command = [sys.executable, "-W", "ignore", "-m", "uvicorn", "--fd", number]
        with (directory / "server.log").open("wb") as log:
            server = subprocess.Popen(
                [*command, "--log-level", "warning", "mlflow.server.fastapi_app:app"],
                env=environ,
                pass_fds=[listener.fileno()],
                stdout=log,
                stderr=log,
                cwd=directory,
            )
    try:
        _wait_for(uri, server, directory / "server.log")
        yield uri
    finally:
        server.terminate()
        try:
            server.wait(10)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()


def _wait_for(uri: str, server: subprocess.Popen[bytes], log: Path) -> None:
    """Until it answers, its database made: the socket takes connections long before that."""
    deadline_s = time.monotonic() + START_S
    asked = f"{uri}/api/2.0/mlflow/registered-models/search"
    with httpx2.Client(trust_env=False, timeout=START_S) as client:
        while time.monotonic() < deadline_s and server.poll() is None:
            try:
                if client.get(asked).status_code == 200:
                    return
            except httpx2.HTTPError:
                time.sleep(0.1)
    raise RuntimeError(f"the MLflow server did not start:\n{log.read_text()[-4000:]}")
