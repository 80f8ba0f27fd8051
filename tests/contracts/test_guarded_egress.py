"""I1 at the adapters, by what arrived at the other side of a real socket."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from dataclasses import replace

import httpx2
import pytest
from backend_contract import collect
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from external_case import (
    CREDENTIAL,
    ExternalCase,
    SettableClock,
    external_case,
    provider,
    simulator,
)

from router.domain import Dialect
from router.errors import BackendUnauthorized, ConfigError, EgressRefused
from router.protocols import Dispatch
from serving.external.guarded_transport import CLEARANCE_HEADER, GuardedTransport
from serving.external.pinned_tls import PeerCheckingTransport
from serving.simulator.process import SimulatorProcess

__all__ = ["provider", "simulator"]


@pytest.fixture(params=list(Dialect))
async def case(
    simulator: SimulatorProcess, request: pytest.FixtureRequest
) -> AsyncIterator[ExternalCase]:
    async with external_case(simulator, request.param) as made:
        yield made


async def refuses(case: ExternalCase, dispatch: Dispatch) -> str:
    with pytest.raises(EgressRefused) as caught:
        await collect(case.backend, dispatch)
    assert case.arrivals() == 0
    return str(caught.value)


@pytest.mark.parametrize("stream", [False, True])
async def test_what_arrives_is_byte_for_byte_what_was_cleared(
    case: ExternalCase, stream: bool
) -> None:
    dispatch = case.dispatch(stream=stream, content="  spaces, é, 😀, \\u0041 \u2028")
    await collect(case.backend, dispatch)
    (arrived,) = case.simulator.requests()
    assert arrived.body == dispatch.body
    assert (arrived.method, arrived.path, arrived.query) == ("POST", dispatch.path, "")


async def test_headers_that_leave_are_the_few_that_are_needed(
    case: ExternalCase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANTHROPIC_CUSTOM_HEADERS", "X-Leak: 1")
    monkeypatch.setenv("OPENAI_CUSTOM_HEADERS", "X-Leak: 1")
    monkeypatch.setenv("OPENAI_ORG_ID", "org-leak")
    async with external_case(case.simulator, case.model.dialect) as fresh:
        await collect(fresh.backend, fresh.dispatch(stream=False))
    (arrived,) = case.simulator.requests()
    assert CLEARANCE_HEADER not in arrived.headers
    assert set(arrived.headers) <= {
        "accept",
        "accept-encoding",
        "anthropic-version",
        "authorization",
        "connection",
        "content-length",
        "content-type",
        "host",
        "user-agent",
    }
    assert arrived.headers["authorization"] == f"Bearer {CREDENTIAL}"


async def test_missing_clearance(case: ExternalCase) -> None:
    dispatch = replace(case.dispatch(stream=False), clearance=None)
    assert "no clearance" in await refuses(case, dispatch)


@pytest.mark.parametrize("stream", [False, True])
async def test_altered_body(case: ExternalCase, stream: bool) -> None:
    dispatch = case.dispatch(stream=stream)
    altered = replace(dispatch, body=dispatch.body.replace(b"Hello", b"hello"))
    assert "another body" in await refuses(case, altered)


@pytest.mark.parametrize(
    "path", ["/v1/embeddings", "/v1/chat/completions/", "/v1/../v1/embeddings"]
)
async def test_altered_path(case: ExternalCase, path: str) -> None:
    assert "another path" in await refuses(case, replace(case.dispatch(stream=False), path=path))


async def test_query_string(case: ExternalCase) -> None:
    dispatch = case.dispatch(stream=False)
    path = f"{dispatch.path}?to=elsewhere"
    clearance = case.clearance(path, dispatch.body)
    dispatch = replace(dispatch, path=path, clearance=clearance)
    assert "query" in await refuses(case, dispatch)


async def test_another_origin(case: ExternalCase) -> None:
    dispatch = case.dispatch(stream=False)
    clearance = case.clearance(dispatch.path, dispatch.body, origin="https://api.example.com")
    assert "another origin" in await refuses(case, replace(dispatch, clearance=clearance))


async def test_a_path_that_names_another_host(case: ExternalCase) -> None:
    """SDKs take a whole URL for a path: it must not reach another port of the same host."""
    dispatch = replace(case.dispatch(stream=False), path="http://127.0.0.1:9/v1/chat/completions")
    assert "another origin" in await refuses(case, dispatch)


async def test_another_model(case: ExternalCase) -> None:
    dispatch = case.dispatch(stream=False)
    clearance = case.clearance(dispatch.path, dispatch.body, version="2")
    assert "another model" in await refuses(case, replace(dispatch, clearance=clearance))


async def test_expired_clearance(case: ExternalCase) -> None:
    dispatch = case.dispatch(stream=False)
    case.clock.offset_s = 31
    assert "expired" in await refuses(case, dispatch)


async def test_clearance_signed_by_somebody_else(case: ExternalCase) -> None:
    dispatch = case.dispatch(stream=False)
    case.private_key = Ed25519PrivateKey.generate()
    clearance = case.clearance(dispatch.path, dispatch.body)
    assert "signed" in await refuses(case, replace(dispatch, clearance=clearance))


@pytest.mark.parametrize("error_rate", [0, 1])
async def test_a_clearance_is_good_for_one_request(case: ExternalCase, error_rate: int) -> None:
    """Also after a failure: to send the body again takes another decision."""
    case.fail(error_rate=error_rate)
    dispatch = case.dispatch(stream=False)
    try:
        await collect(case.backend, dispatch)
    except Exception:
        assert error_rate
    with pytest.raises(EgressRefused, match="used"):
        await collect(case.backend, dispatch)
    assert case.arrivals() == 1


async def test_a_refusal_carries_nothing_of_the_request(case: ExternalCase) -> None:
    with pytest.raises(EgressRefused) as caught:
        await collect(case.backend, replace(case.dispatch(stream=False), clearance=None))
    assert caught.value.__context__ is None
    assert caught.value.__cause__ is None


@pytest.mark.parametrize("name", ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy"])
async def test_proxies_of_the_environment_are_ignored(
    case: ExternalCase, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.delenv("NO_PROXY", raising=False)
    async with external_case(case.simulator, case.model.dialect) as fresh:
        await collect(fresh.backend, fresh.dispatch(stream=False))
    assert case.arrivals() == 1


async def test_base_urls_of_the_environment_are_ignored(
    case: ExternalCase, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("OPENAI_BASE_URL", "ANTHROPIC_BASE_URL"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    async with external_case(case.simulator, case.model.dialect) as fresh:
        await collect(fresh.backend, fresh.dispatch(stream=False))
    assert case.arrivals() == 1


async def test_the_sdks_log_no_content(
    case: ExternalCase, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    for name in ("openai", "anthropic"):
        caplog.set_level(logging.DEBUG, logger=name)
    await collect(case.backend, case.dispatch(stream=False, content="Grimhilde"))
    assert "Grimhilde" not in caplog.text
    assert CREDENTIAL not in caplog.text


async def test_a_credential_that_cannot_be_read_is_unauthorized(
    simulator: SimulatorProcess,
) -> None:
    def secret() -> str:
        raise ConfigError(())

    async with external_case(simulator, Dialect.OPENAI, credential=secret) as case:
        with pytest.raises(BackendUnauthorized):
            await collect(case.backend, case.dispatch(stream=False))
    assert simulator.requests() == []


async def guarded_send(case: ExternalCase, request: httpx2.Request) -> None:
    transport = GuardedTransport(
        PeerCheckingTransport(),
        model=case.model.key,
        public_key=case.private_key.public_key(),
        clock=SettableClock(),
    )
    async with transport:
        response = await transport.handle_async_request(request)
        await response.aread()
        await response.aclose()


async def test_extensions_cannot_move_a_request(case: ExternalCase) -> None:
    dispatch = case.dispatch(stream=False)
    request = httpx2.Request(
        "POST",
        case.model.origin + dispatch.path,
        content=dispatch.body,
        headers={CLEARANCE_HEADER: dispatch.clearance, "host": "elsewhere", "x-note": "leak"},
        extensions={"target": b"/v1/elsewhere"},
    )
    await guarded_send(case, request)
    (arrived,) = case.simulator.requests()
    assert arrived.path == dispatch.path
    assert arrived.headers["host"] in case.model.origin
    assert "x-note" not in arrived.headers


async def test_a_streaming_body_is_refused(case: ExternalCase) -> None:
    dispatch = case.dispatch(stream=False)

    async def parts() -> AsyncIterator[bytes]:
        yield dispatch.body

    headers = {CLEARANCE_HEADER: dispatch.clearance}
    url = case.model.origin + dispatch.path
    for request in (
        httpx2.Request("POST", url, content=parts(), headers=headers),
        httpx2.Request("GET", url, headers=headers),
        httpx2.Request("PUT", url, content=dispatch.body, headers=headers),
    ):
        with pytest.raises(EgressRefused):
            await guarded_send(case, request)
    assert case.arrivals() == 0
