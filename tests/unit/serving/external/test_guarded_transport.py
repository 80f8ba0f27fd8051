"""Only what needs no socket; what arrives at one is in tests/contracts/test_guarded_egress.py."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field

import httpx2
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from router.domain import (
    DataClass,
    Decision,
    Dialect,
    Location,
    ModelSpec,
    Price,
)
from router.egress.clearance import ClearanceOffice
from router.errors import EgressRefused
from serving.external.guarded_transport import CLEARANCE_HEADER, GuardedTransport, origin_of

MODEL = ModelSpec(
    id="m",
    version="1",
    dialect=Dialect.OPENAI,
    location=Location.EXTERNAL,
    approved=frozenset({DataClass.PUBLIC}),
    residency=frozenset(),
    capabilities=frozenset(),
    context_tokens=1,
    price=Price(0, 0),
    upstream_model="m",
    origin="https://api.example.com",
)


@dataclass
class Clock:
    at_s: float = 1000.0

    def now_s(self) -> float:
        return self.at_s

    def monotonic_s(self) -> float:
        return self.at_s


@dataclass
class Wire(httpx2.AsyncBaseTransport):
    sent: list[httpx2.Request] = field(default_factory=list)

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        self.sent.append(request)
        return httpx2.Response(200)


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("https://api.example.com/v1", "https://api.example.com"),
        ("https://api.example.com:443/v1", "https://api.example.com"),
        ("http://api.example.com:80", "http://api.example.com"),
        ("http://api.example.com:443", "http://api.example.com:443"),
        ("https://API.example.com:8443/x", "https://api.example.com:8443"),
        ("http://[::1]:8000/x", "http://[::1]:8000"),
    ],
)
def test_origins_have_one_spelling(url: str, origin: str) -> None:
    assert origin_of(httpx2.URL(url)) == origin


def test_credentials_in_a_url_are_refused() -> None:
    with pytest.raises(EgressRefused):
        origin_of(httpx2.URL("https://user:secret@api.example.com"))


async def test_spent_clearances_are_remembered_until_they_expire() -> None:
    key, clock, wire = Ed25519PrivateKey.generate(), Clock(), Wire()
    transport = GuardedTransport(wire, model=MODEL.key, public_key=key.public_key(), clock=clock)
    decision = Decision("auto", DataClass.PUBLIC, (MODEL.key,), (), (), (), "d")
    body = b"{}"

    def request() -> httpx2.Request:
        token = ClearanceOffice(key).issue(
            decision=decision,
            model=MODEL,
            request_id="r",
            attempt=1,
            path="/p",
            body=body,
            expires_at_s=clock.at_s + 10,
        )
        return httpx2.Request(
            "POST", f"{MODEL.origin}/p", content=body, headers={CLEARANCE_HEADER: token}
        )

    for _ in range(100):
        await transport.handle_async_request(request())
    assert len(transport._spent) == 100
    clock.at_s += 11
    await transport.handle_async_request(request())
    assert len(transport._spent) == 1
    assert len(transport._spent_by_expiry) == 1
    digests = {hashlib.sha256(sent.content).hexdigest() for sent in wire.sent}
    assert digests == {hashlib.sha256(body).hexdigest()}
    assert CLEARANCE_HEADER not in wire.sent[0].headers
