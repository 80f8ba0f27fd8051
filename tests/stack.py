"""A whole gateway in this process, with recording providers on the other side of real sockets.

Everything of ours is the real thing but the engine, in whose place simulators stand as a customer's
own servers, and the detector, which is the fake one unless a test brings another.
"""

from __future__ import annotations

import asyncio
import json
import secrets
import socket
import sqlite3
import ssl
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from copy import deepcopy
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any

import httpx2
import uvicorn
import yaml
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from openai import AsyncOpenAI, OpenAI

from router.accounts.keys import KeyHasher, KeyStore
from router.audit.vault.wrapping import FileKeyWrapper
from router.clock import SystemClock
from router.policy.load import load_rules, rules_of_text
from router.policy.policy import Rules, RulesText
from router.protocols import Backend, Detector
from router.store.database import connect
from serving.detection.fake import FakePatternDetector
from serving.external.adapter import adapter_for
from serving.gateway import Gateway, GatewaySettings, wire_gateway
from serving.simulator.config import SimulatorConfig
from serving.simulator.process import RecordedRequest, SimulatorProcess
from tests.migrated import migrate_url, migrated_sqlite
from tests.waiting import until

REPOSITORY = Path(__file__).parent.parent

ALL = ["public", "internal", "confidential", "restricted"]
PROVIDERS = ("private", "fast", "openai", "anthropic")
EXTERNAL = ("openai", "anthropic")
CREDENTIAL = "provider-credential"
OPTED_IN = ("default", "payments", "visiting", "leaving", "clinic", "another", "claims", "web")
"""Teams for which somebody decided that they may use models outside."""


def model(
    name: str, base_url: str, *, external: bool, kind: str = "openai", **changes: Any
) -> dict[str, Any]:
    """One entry of models.yaml for a simulator."""
    backend: dict[str, Any] = {"kind": kind, "provider": name, "base_url": base_url, "model": name}
    if not external:
        backend["allowed_networks"] = ["127.0.0.0/8"]
    entry = {
        "id": f"{name}-model",
        "version": "1",
        "location": "external" if external else "on-prem",
        "residency": ["us"] if external else ["on-prem"],
        "approved_data_classes": ["public", "internal"] if external else ALL,
        "capabilities": ["chat", "completions", "tools", "json_schema", "multiple_choices", "seed"],
        "context_tokens": 100_000,
        "price": {"input_usd_per_mtok": 1.0, "output_usd_per_mtok": 2.0},
        "backend": backend,
    }
    return entry | changes


def models_document(origins: Mapping[str, str]) -> dict[str, Any]:
    models = [
        model("private", f"{origins['private']}/v1", external=False),
        model(
            "fast",
            f"{origins['fast']}/v1",
            external=False,
            approved_data_classes=["public", "internal", "confidential"],
        ),
        model("openai", f"{origins['openai']}/v1", external=True),
        model(
            "anthropic",
            origins["anthropic"],
            external=True,
            kind="anthropic",
            capabilities=["chat", "tools"],
        ),
    ]
    models.append(
        models[2]
        | {"id": "embedding-model", "capabilities": ["embeddings"]}
        | {"backend": models[2]["backend"] | {"model": "embedding"}}
    )
    return {"schema": 1, "models": models, "aliases": {entry["id"]: "1" for entry in models}}


def policy_document(**cascade: Any) -> dict[str, Any]:
    """The repository's own policy with the stack's models in its tiers, and no patience."""
    policy: dict[str, Any] = deepcopy(_shipped_policy())
    policy["tiers"] = {
        "fast": ["fast-model"],
        "balanced": ["openai-model"],
        "reasoning": ["anthropic-model"],
        "private": ["private-model"],
    }
    policy["external_use"] = [
        {"team": team, "purposes": ["any"], "decided_by": "a test", "reason": "to see what leaves"}
        for team in OPTED_IN
    ]
    policy["cascade"] |= {
        "attempt_timeout_s": 5,
        "total_timeout_s": 8,
        "backoff_initial_s": 0.01,
        "backoff_max_s": 0.05,
    } | cascade
    return policy


@cache
def _shipped_policy() -> dict[str, Any]:
    policy: dict[str, Any] = yaml.safe_load((REPOSITORY / "router" / "policy.yaml").read_text())
    return policy


@dataclass
class Stack:
    """What a test holds: the gateway's address, keys, and what arrived at each provider."""

    url: str
    key: str
    keys: KeyStore
    database_url: str
    providers: Mapping[str, SimulatorProcess]
    gateway: Gateway
    backends: Mapping[str, Backend] = field(repr=False)
    rules: Rules = field(repr=False)
    clearance_key: Ed25519PrivateKey = field(repr=False)
    audit_key: Ed25519PrivateKey = field(repr=False)
    _http: httpx2.Client | None = field(default=None, repr=False)
    _known: dict[tuple[Any, ...], str] = field(default_factory=dict, repr=False)

    def client(self, *, key: str | None = None, private: bool = False) -> OpenAI:
        return OpenAI(base_url=self._base(private), api_key=key or self.key, max_retries=0)

    def async_client(self, *, key: str | None = None, private: bool = False) -> AsyncOpenAI:
        return AsyncOpenAI(base_url=self._base(private), api_key=key or self.key, max_retries=0)

    def known_key(self, **changes: Any) -> str:
        """A key that the gateway knows by the time this returns; made at most once."""
        wanted = tuple(sorted(changes.items()))
        if wanted not in self._known:
            _, text = self.keys.create(**{"team": "default"} | changes)
            headers = {"authorization": f"Bearer {text}"}
            until(lambda: self.http.get("/v1/models", headers=headers).status_code == 200)
            self._known[wanted] = text
        return self._known[wanted]

    def post(
        self,
        path: str,
        body: Mapping[str, Any] | bytes,
        *,
        key: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> httpx2.Response:
        """One POST with no client library of a provider's in between; never raises for a status."""
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        sent = {"authorization": f"Bearer {key or self.key}", "content-type": "application/json"}
        return self.http.post(path, content=content, headers=sent | dict(headers or {}))

    @property
    def http(self) -> httpx2.Client:
        """A bare client of the gateway's: nothing of the environment's, no redirects."""
        if self._http is None:
            # Plain HTTP is spoken here: whom to trust takes longer to load than a request.
            nobody = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            self._http = httpx2.Client(
                base_url=self.url, trust_env=False, verify=nobody, timeout=30
            )
        return self._http

    def record(self, request_id: str, *, key: str | None = None) -> dict[str, Any]:
        """The record of a request, from the API."""
        headers = {"authorization": f"Bearer {key or self.key}"}
        answer = self.http.get(f"/v1/records/{request_id}", headers=headers)
        answer.raise_for_status()
        found: dict[str, Any] = answer.json()
        return found

    def record_of(self, answer: httpx2.Response) -> dict[str, Any]:
        return self.record(answer.headers["x-ringfence-request-id"])

    def closed_record(self, request_id: str, timeout_s: float = 60.0) -> dict[str, Any]:
        """The record, once it has its outcome: for clients that did not wait for their answer."""
        written = "SELECT 1 FROM outcomes WHERE request_id = ?"
        until(lambda: self.rows(written, request_id), timeout_s)
        return self.record(request_id)

    @property
    def database_file(self) -> Path:
        return Path(self.database_url.removeprefix("sqlite:///"))

    def rows(self, sql: str, *parameters: Any) -> list[tuple[Any, ...]]:
        """What is committed in the database, read on a connection of its own."""
        with closing(self.database()) as connection:
            return connection.execute(sql, parameters).fetchall()

    def database(self) -> sqlite3.Connection:
        """A connection beside the gateway's; whoever asks for it closes it."""
        return sqlite3.connect(self.database_file, isolation_level=None)

    def close(self) -> None:
        if self._http is not None:
            self._http.close()

    def arrived(self, *providers: str) -> list[RecordedRequest]:
        """Everything that arrived at these providers since the last `reset`."""
        return [request for name in providers for request in self.providers[name].requests()]

    def arrived_outside(self) -> list[RecordedRequest]:
        return self.arrived(*EXTERNAL)

    def reset(self) -> None:
        """Providers as they were at the start, nothing arrived, no breaker open."""
        for provider in self.providers.values():
            if provider.pid is None:
                provider.start()
            provider.configure()
            provider.clear()

    def _base(self, private: bool) -> str:
        return f"{self.url}/private/v1" if private else f"{self.url}/v1"


@contextmanager
def running_stack(
    directory: Path,
    *,
    detector: Detector | None = None,
    cascade: Mapping[str, Any] | None = None,
    providers: Mapping[str, SimulatorProcess] | None = None,
    edit: Callable[[dict[str, Any], dict[str, Any]], None] | None = None,
    wrap: Callable[[Backend], Backend] | None = None,
    root_secret: bytes | None = None,
    database_url: str | None = None,
) -> Iterator[Stack]:
    """A stack for the time of the `with`; simulators are shared if they are given.

    `edit` changes models.yaml and policy.yaml before they are read, `wrap` stands a test's own
    backend before each real one. The database is a SQLite file in `directory` without a
    `database_url`: the same directory and `root_secret` make a gateway over the same one.
    """
    with ExitStack() as stack:
        if providers is None:
            providers = {
                name: stack.enter_context(SimulatorProcess(SimulatorConfig(record=True)))
                for name in PROVIDERS
            }
        origins = {name: provider.origin for name, provider in providers.items()}
        models, policy = directory / "models.yaml", directory / "policy.yaml"
        written = models_document(origins), policy_document(**dict(cascade or {}))
        if edit is not None:
            edit(*written)
        for file, document in zip((models, policy), written, strict=True):
            file.write_text(yaml.dump(document, Dumper=yaml.CSafeDumper))
        # What was edited may name files beside it.
        rules = load_rules(models, policy) if edit else _unedited(models, policy)

        if database_url is not None:
            migrate_url(database_url)
        clearance_key = Ed25519PrivateKey.generate()
        settings = GatewaySettings(
            database_url=database_url or _database_in(directory),
            root_secret=root_secret or secrets.token_bytes(32),
            clearance_key=clearance_key,
            audit_key=Ed25519PrivateKey.from_private_bytes(_secret(directory / "audit.key")),
            vault=FileKeyWrapper(_secret(directory / "vault.key")),
        )
        engine = connect(settings.database_url)
        stack.callback(engine.dispose)
        keys = KeyStore(engine, KeyHasher(settings.root_secret), SystemClock())
        _, key = keys.create(team="default")
        real = adapters(rules, clearance_key)
        backends = real if wrap is None else {name: wrap(real[name]) for name in real}
        gateway = wire_gateway(settings, rules, backends, detector or FakePatternDetector())
        gateway.start()
        stack.callback(gateway.close)
        url = stack.enter_context(_served(gateway, real.values()))
        made = Stack(
            url=url,
            key=key,
            keys=keys,
            database_url=settings.database_url,
            providers=providers,
            gateway=gateway,
            backends=backends,
            rules=rules,
            clearance_key=clearance_key,
            audit_key=settings.audit_key,
        )
        stack.callback(made.close)
        yield made


def _unedited(models: Path, policy: Path) -> Rules:
    """As `load_rules`; the same text is proven once a session."""
    proven = _proven(models.read_bytes(), policy.read_bytes())
    text = replace(proven.policy.text, models_file=str(models), policy_file=str(policy))
    return replace(proven, policy=replace(proven.policy, text=text))


@cache
def _proven(models: bytes, policy: bytes) -> Rules:
    return rules_of_text(RulesText(models, policy))


def _database_in(directory: Path) -> str:
    """The one that is there, or a new one with all tables."""
    file = directory / "ringfence.db"
    if not file.exists():
        file.write_bytes(migrated_sqlite())
    return f"sqlite:///{file}"


def _secret(file: Path) -> bytes:
    """32 bytes, the same for whoever asks again."""
    if not file.exists():
        file.write_bytes(secrets.token_bytes(32))
    return file.read_bytes()


def adapters(rules: Rules, clearance_key: Ed25519PrivateKey) -> dict[str, Backend]:
    """The real adapter of every model, by its key."""
    return {
        name: adapter_for(
            entry,
            credential=CREDENTIAL,
            public_key=clearance_key.public_key(),
            clock=SystemClock(),
        )
        for name, entry in rules.registry.entries.items()
    }


@contextmanager
def _served(gateway: Gateway, backends: Iterable[Backend]) -> Iterator[str]:
    """Serves from a thread, and closes the adapters' connections on the loop they belong to."""
    listener = socket.create_server(("127.0.0.1", 0))
    # asyncio sets it only for sockets that name TCP: each answer would wait 40 ms for an ACK.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    port = listener.getsockname()[1]
    server = uvicorn.Server(uvicorn.Config(gateway.app, lifespan="off", log_level="critical"))

    async def serve() -> None:
        await server.serve(sockets=[listener])
        for backend in backends:
            await backend.aclose()  # type: ignore[attr-defined]

    thread = threading.Thread(target=asyncio.run, args=(serve(),), daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join(timeout=10)
        listener.close()
