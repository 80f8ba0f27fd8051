"""In a gateway's process: the product's own wiring, over secrets and a database in a directory.

It listens when a detector is ready, and takes orders to disturb that.
"""

from __future__ import annotations

import asyncio
import logging
import socket
import sys
from dataclasses import dataclass, field
from pathlib import Path

import uvicorn
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from router.audit.vault.wrapping import FileKeyWrapper
from router.clock import SystemClock
from router.errors import ConfigError
from router.policy.load import load_rules
from router.policy.policy import Rules
from router.protocols import Backend
from router.store.database import connect
from router.store.migrate import migrate
from serving.bench.leak.child import Line
from serving.bench.leak.configuration import DETECTION_DEADLINE_S
from serving.bench.leak.disturbed import DisturbedDetector
from serving.bench.leak.fake_worker import FAKE_WORKER_COMMAND
from serving.bench.leak.secrets import (
    read_audit_key,
    read_clearance_key,
    read_root_secret,
    read_vault_key,
)
from serving.detection.pool import DetectorPool
from serving.detection.process import WORKER_COMMAND
from serving.external.adapter import adapter_for
from serving.gateway import GatewaySettings, wire_gateway

EXIT_BAD_CONFIGURATION = 2
DETECTION_PROCESSES = 2
MAX_WAITING_SCANS = 32
"""Few, so that a burst is more than it can take."""
_CREDENTIAL = "provider-credential"


@dataclass(frozen=True, slots=True)
class GatewayArguments:
    """`directory` has the secrets; `detector` is `real` or `fake`."""

    directory: Path
    database_url: str = field(repr=False)
    models: Path
    policy: Path
    port: int
    detector: str


def sqlite_url(directory: Path) -> str:
    """Where a run keeps its database, unless it is told another."""
    return f"sqlite:///{directory / 'ringfence.db'}"


def run_gateway(line: Line, arguments: GatewayArguments) -> None:
    """Serves until SIGTERM. A configuration that must not start ends it at once."""
    logging.basicConfig(level=logging.WARNING)
    try:
        rules = load_rules(arguments.models, arguments.policy)
    except ConfigError as error:
        sys.stderr.write(f"{error}\n")
        sys.exit(EXIT_BAD_CONFIGURATION)
    asyncio.run(_serve(line, arguments, rules))


async def _serve(line: Line, arguments: GatewayArguments, rules: Rules) -> None:
    directory = arguments.directory
    settings = GatewaySettings(
        database_url=arguments.database_url,
        root_secret=read_root_secret(directory),
        clearance_key=read_clearance_key(directory),
        audit_key=read_audit_key(directory),
        vault=FileKeyWrapper(read_vault_key(directory)),
    )
    engine = connect(settings.database_url)
    migrate(engine)
    engine.dispose()
    pool = DetectorPool(
        workers=DETECTION_PROCESSES,
        deadline_s=rules.policy.detection_deadline_s,
        max_waiting=MAX_WAITING_SCANS,
        command=FAKE_WORKER_COMMAND if arguments.detector == "fake" else WORKER_COMMAND,
    )
    disturbed = DisturbedDetector(pool, DETECTION_DEADLINE_S)
    backends = _backends(rules, settings.clearance_key)
    gateway = wire_gateway(settings, rules, backends, disturbed)
    await pool.start()
    gateway.start()
    with socket.create_server(("127.0.0.1", arguments.port), backlog=2048) as listener:
        # asyncio sets it on sockets that name TCP, and this one does not.
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        line.listening(listener.getsockname()[1], disturbed.obey)
        server = uvicorn.Server(
            uvicorn.Config(
                gateway.app,
                lifespan="off",
                log_level="critical",
                access_log=False,
                timeout_graceful_shutdown=5,
            )
        )
        await server.serve(sockets=[listener])
    await pool.close()
    await asyncio.to_thread(gateway.close)


def _backends(rules: Rules, clearance_key: Ed25519PrivateKey) -> dict[str, Backend]:
    return {
        key: adapter_for(
            entry,
            credential=_CREDENTIAL,
            public_key=clearance_key.public_key(),
            clock=SystemClock(),
        )
        for key, entry in rules.registry.entries.items()
    }
