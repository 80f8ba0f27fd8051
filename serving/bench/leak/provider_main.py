"""In a provider's process: a simulator that writes down all that arrives."""

from __future__ import annotations

import socket
from pathlib import Path

import uvicorn

from serving.bench.leak.child import Line
from serving.bench.leak.spool import SpoolingApp
from serving.simulator.app import build_app
from serving.simulator.config import SimulatorConfig
from serving.simulator.connection import AbortableProtocol


def run_provider(line: Line, spool: Path, port: int, config: SimulatorConfig) -> None:
    """Serves until SIGTERM. Port 0 takes a free one."""
    app = SpoolingApp(build_app(config), spool)
    with socket.create_server(("127.0.0.1", port), backlog=2048) as listener:
        settings = uvicorn.Config(
            app,
            http=AbortableProtocol,
            access_log=False,
            log_level="critical",
            lifespan="off",
            timeout_graceful_shutdown=1,
        )
        line.listening(listener.getsockname()[1])
        uvicorn.Server(settings).run(sockets=[listener])
