"""An external adapter, a gateway's clearances, and a recording simulator at a real socket."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from router.dialects import anthropic, openai
from router.domain import (
    Capability,
    DataClass,
    Decision,
    Dialect,
    Endpoint,
    InferenceRequest,
    Location,
    ModelSpec,
    Price,
)
from router.egress.clearance import ClearanceOffice
from router.ids import new_id
from router.protocols import Dispatch
from serving.external.anthropic_messages import AnthropicBackend
from serving.external.openai_compatible import OpenAICompatibleBackend
from serving.external.pinned_tls import Peer
from serving.simulator.config import SimulatorConfig
from serving.simulator.process import SimulatorProcess

CREDENTIAL = "sk-of-the-adapter"


@dataclass(slots=True)
class SettableClock:
    offset_s: float = 0.0

    def now_s(self) -> float:
        return time.time() + self.offset_s

    def monotonic_s(self) -> float:
        return time.monotonic()


def model_at(origin: str, dialect: Dialect) -> ModelSpec:
    return ModelSpec(
        id="outside",
        version="1",
        dialect=dialect,
        location=Location.EXTERNAL,
        approved=frozenset({DataClass.PUBLIC}),
        residency=frozenset({"us"}),
        capabilities=frozenset(Capability),
        context_tokens=1000,
        price=Price(1.0, 2.0),
        upstream_model="upstream-name",
        origin=origin,
        base_path="/v1" if dialect is Dialect.OPENAI else "",
    )


@dataclass(slots=True)
class ExternalCase:
    """One adapter in front of one simulator; makes dispatches that are cleared as a gateway's."""

    model: ModelSpec
    simulator: SimulatorProcess
    peer: Peer | None = None
    credential: Any = CREDENTIAL
    clock: SettableClock = field(default_factory=SettableClock)
    private_key: Ed25519PrivateKey = field(default_factory=Ed25519PrivateKey.generate)
    backend: Any = None

    def __post_init__(self) -> None:
        openai_like = self.model.dialect is Dialect.OPENAI
        adapter = OpenAICompatibleBackend if openai_like else AnthropicBackend
        self.backend = adapter(
            self.model,
            credential=self.credential,
            public_key=self.private_key.public_key(),
            clock=self.clock,
            peer=self.peer,
        )

    def dispatch(
        self, *, stream: bool, timeout_s: float = 20.0, content: str = "Hello.", **fields: Any
    ) -> Dispatch:
        body = {"model": "auto", "messages": [{"role": "user", "content": content}], **fields}
        request = InferenceRequest(
            request_id=new_id(),
            endpoint=Endpoint.CHAT,
            body=body,
            choice="auto",
            stream=stream,
        )
        dialect = openai if self.model.dialect is Dialect.OPENAI else anthropic
        rendered = dialect.render(request, self.model)
        return Dispatch(
            request_id=request.request_id,
            attempt=1,
            model=self.model.key,
            endpoint=request.endpoint,
            path=rendered.path,
            body=rendered.body,
            stream=stream,
            timeout_s=timeout_s,
            clearance=self.clearance(rendered.path, rendered.body),
        )

    def clearance(self, path: str, body: bytes, **changes: Any) -> str:
        """`changes` go into the model that is cleared."""
        model = replace(self.model, **changes)
        decision = Decision("auto", DataClass.PUBLIC, (model.key,), (), (), (), "digest")
        return ClearanceOffice(self.private_key).issue(
            decision=decision,
            model=model,
            request_id=new_id(),
            attempt=1,
            path=path,
            body=body,
            expires_at_s=self.clock.now_s() + 30,
        )

    def slow(self) -> None:
        self.simulator.configure(itl_s=0.1, completion_tokens=100)

    def fail(self, **changes: Any) -> None:
        self.simulator.configure(**changes)

    def arrivals(self) -> int:
        return len(self.simulator.requests())

    async def cancelled(self) -> None:
        await asyncio.to_thread(self.simulator.wait_for_disconnect)

    async def stop(self) -> None:
        await asyncio.to_thread(self.simulator.stop)


@pytest.fixture(scope="module")
def provider() -> Iterator[SimulatorProcess]:
    with SimulatorProcess(SimulatorConfig(record=True)) as simulator:
        yield simulator


@pytest.fixture
def simulator(provider: SimulatorProcess) -> SimulatorProcess:
    """As at its start, and running: a test may have stopped it."""
    if provider.pid is None:
        provider.start()
    provider.configure()
    provider.clear()
    return provider


@asynccontextmanager
async def external_case(
    simulator: SimulatorProcess, dialect: Dialect, **options: Any
) -> AsyncIterator[ExternalCase]:
    origin = options.pop("origin", simulator.origin)
    case = ExternalCase(model_at(origin, dialect), simulator, **options)
    try:
        yield case
    finally:
        await case.backend.aclose()
