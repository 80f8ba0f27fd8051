"""The simulator as a server: `run` for the command line, `python -m` for processes of tests."""

from __future__ import annotations

import argparse
import os
import socket
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import uvicorn

from serving.simulator.app import build_app
from serving.simulator.config import SimulatorConfig
from serving.simulator.connection import AbortableProtocol


def run(
    host: str,
    port: int,
    config: SimulatorConfig,
    *,
    tls_certificate: Path | None = None,
    tls_key: Path | None = None,
    on_listening: Callable[[int], None] | None = None,
) -> None:
    """Serves until SIGINT or SIGTERM. Port 0 takes a free one; `on_listening` is told which.

    Its controls are open to whoever reaches the port: keep `host` on loopback, or on a network of
    tests. Raises OSError if the port is taken.
    """
    with socket.create_server((host, port), backlog=2048) as listener:
        settings = uvicorn.Config(
            build_app(config),
            http=AbortableProtocol,
            access_log=False,
            log_level="warning",
            lifespan="off",
            timeout_graceful_shutdown=1,
            ssl_certfile=tls_certificate,
            ssl_keyfile=tls_key,
        )
        if on_listening is not None:
            on_listening(listener.getsockname()[1])
        uvicorn.Server(settings).run(sockets=[listener])


def main() -> None:
    """Prints the port once it is bound, and goes when its standard input is closed."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--config", default="{}", help="a SimulatorConfig as JSON")
    parser.add_argument("--tls-certificate", type=Path)
    parser.add_argument("--tls-key", type=Path)
    arguments = parser.parse_args()
    threading.Thread(target=_exit_with_parent, daemon=True).start()
    run(
        arguments.host,
        arguments.port,
        SimulatorConfig.model_validate_json(arguments.config),
        tls_certificate=arguments.tls_certificate,
        tls_key=arguments.tls_key,
        on_listening=lambda port: print(port, flush=True),  # noqa: T201 - the parent reads it
    )


def _exit_with_parent() -> None:
    sys.stdin.buffer.read()
    os._exit(0)


if __name__ == "__main__":
    main()
