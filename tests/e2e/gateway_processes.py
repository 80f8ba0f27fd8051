"""Gateways in plain processes over one database, to be killed; simulators behind them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import yaml
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from sqlalchemy import Engine

from router.accounts.keys import KeyHasher, KeyStore
from router.clock import SystemClock
from router.store.database import connect
from router.store.migrate import migrate
from serving.bench.leak.configuration import EXTERNAL, ON_PREM, write_configuration
from serving.bench.leak.gateway import GatewayProcess
from serving.bench.leak.gateway_main import sqlite_url
from serving.bench.leak.provider import RecordingProvider
from serving.bench.leak.secrets import make_secrets, read_audit_key, read_root_secret
from tests.e2e.steady_load import Door
from tests.e2e.what_is_left import BUDGETS

TEAM = "research"
MODEL = "private-model"


@dataclass(frozen=True, slots=True)
class Processes:
    """`gateways` have not been started; `key` is TEAM's, and they serve with `policy`."""

    gateways: Sequence[GatewayProcess]
    policy: Path
    engine: Engine
    audit_key: Ed25519PublicKey
    key: str = field(repr=False)

    @property
    def doors(self) -> list[Door]:
        return [_door(gateway) for gateway in self.gateways]


@asynccontextmanager
async def gateway_processes(
    directory: Path, count: int = 1, database_url: str | None = None
) -> AsyncIterator[Processes]:
    """Everything ends with the `async with`, gateways included."""
    make_secrets(directory)
    async with AsyncExitStack() as stack:
        engine = connect(database_url or sqlite_url(directory))
        stack.callback(engine.dispose)
        migrate(engine)
        keys = KeyStore(engine, KeyHasher(read_root_secret(directory)), SystemClock())
        _, key = keys.create(team=TEAM)
        providers = {name: RecordingProvider(name, directory) for name in (*ON_PREM, *EXTERNAL)}
        for provider in providers.values():
            stack.push_async_callback(provider.stop)
            await provider.start()
        origins = {name: provider.origin for name, provider in providers.items()}
        models, (policy, *_), _ = write_configuration(directory, origins)
        _be_patient_and_count(policy)
        gateways = [
            GatewayProcess(directory, f"gateway-{number}", models, "fake", database_url)
            for number in range(count)
        ]
        for gateway in gateways:
            stack.push_async_callback(gateway.stop)
        audit_key = read_audit_key(directory).public_key()
        yield Processes(gateways, policy, engine, audit_key, key)


def _be_patient_and_count(policy: Path) -> None:
    """No attempt runs into its deadline on a slow machine; budgets; checkpoints all the time."""
    document = yaml.safe_load(policy.read_text())
    document["cascade"] |= {"attempt_timeout_s": 60.0, "total_timeout_s": 90.0}
    document["limits"] = {"all": BUDGETS, "each_team": BUDGETS}
    document["audit"] = {"checkpoint_interval_s": 1.0}
    policy.write_text(yaml.safe_dump(document))


def _door(gateway: GatewayProcess) -> Door:
    return lambda: gateway.url if gateway.is_up else None
