"""A server of the customer's own: one certificate and some networks, or nothing is sent."""

from __future__ import annotations

import hashlib
import ipaddress
import socket
import ssl
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import trustme
from backend_contract import collect
from external_case import external_case, provider, simulator

from router.domain import Dialect
from router.errors import BackendUnreachable, EgressRefused
from serving.external.pinned_tls import Peer
from serving.simulator.config import SimulatorConfig
from serving.simulator.process import SimulatorProcess

__all__ = ["provider", "simulator"]

LOOPBACK = (ipaddress.ip_network("127.0.0.0/8"),)
ELSEWHERE = (ipaddress.ip_network("10.0.0.0/8"), ipaddress.ip_network("fd00::/8"))


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path, str]:
    """Certificate, key, and the sha256 of the certificate's DER; issued to another name."""
    folder = tmp_path_factory.mktemp("tls")
    issued = trustme.CA().issue_cert("gpu.internal.example")
    pem = issued.cert_chain_pems[0].bytes()
    (folder / "cert.pem").write_bytes(pem)
    issued.private_key_pem.write_to_path(str(folder / "key.pem"))
    der = ssl.PEM_cert_to_DER_cert(pem.decode())
    return folder / "cert.pem", folder / "key.pem", hashlib.sha256(der).hexdigest()


@pytest.fixture(scope="module")
def tls_provider(certificate: tuple[Path, Path, str]) -> Iterator[SimulatorProcess]:
    with SimulatorProcess(
        SimulatorConfig(record=True), tls_certificate=certificate[0], tls_key=certificate[1]
    ) as running:
        yield running


@pytest.fixture
def tls_simulator(tls_provider: SimulatorProcess) -> SimulatorProcess:
    tls_provider.clear()
    return tls_provider


async def ask(simulator: SimulatorProcess, **options: Any) -> None:
    async with external_case(simulator, Dialect.OPENAI, **options) as case:
        await collect(case.backend, case.dispatch(stream=False))


async def test_the_pinned_certificate_is_accepted(
    tls_simulator: SimulatorProcess, certificate: tuple[Path, Path, str]
) -> None:
    await ask(tls_simulator, peer=Peer(certificate[2], LOOPBACK))
    assert len(tls_simulator.requests()) == 1


async def test_another_certificate_gets_nothing(tls_simulator: SimulatorProcess) -> None:
    with pytest.raises(EgressRefused, match="certificate"):
        await ask(tls_simulator, peer=Peer("0" * 64))
    assert tls_simulator.requests() == []


async def test_without_a_pin_only_public_authorities_are_trusted(
    tls_simulator: SimulatorProcess,
) -> None:
    with pytest.raises(BackendUnreachable):
        await ask(tls_simulator)
    assert tls_simulator.requests() == []


async def test_plain_http_is_refused_where_a_certificate_is_pinned(
    simulator: SimulatorProcess,
) -> None:
    with pytest.raises(EgressRefused, match="plain HTTP"):
        await ask(simulator, peer=Peer("0" * 64))
    assert simulator.requests() == []


async def test_an_address_outside_the_networks_gets_nothing(simulator: SimulatorProcess) -> None:
    with pytest.raises(EgressRefused, match="network"):
        await ask(simulator, peer=Peer(allowed_networks=ELSEWHERE))
    assert simulator.requests() == []


async def test_a_name_is_resolved_once_and_its_allowed_address_connected_to(
    simulator: SimulatorProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    resolved: list[str] = []
    real = socket.getaddrinfo

    def rebinding(host: Any, *rest: Any, **options: Any) -> Any:
        """Says loopback the first time and somewhere else ever after."""
        if host != "gpu.internal.example":
            return real(host, *rest, **options)
        resolved.append(host)
        answer = "127.0.0.1" if len(resolved) == 1 else "203.0.113.1"
        return [
            (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("203.0.113.9", simulator.port)),
            (socket.AF_INET, socket.SOCK_STREAM, 6, "", (answer, simulator.port)),
        ]

    monkeypatch.setattr(socket, "getaddrinfo", rebinding)
    origin = f"http://gpu.internal.example:{simulator.port}"
    await ask(simulator, origin=origin, peer=Peer(allowed_networks=LOOPBACK))
    assert len(simulator.requests()) == 1
    assert len(resolved) == 1
