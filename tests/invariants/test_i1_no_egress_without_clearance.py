"""I1: nothing leaves without a clearance for exactly these bytes, by what arrived outside."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import aclosing
from dataclasses import replace
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from router.domain import DataClass, Decision, Endpoint, JsonObject
from router.egress.clearance import ClearanceOffice
from router.errors import EgressRefused
from router.ids import new_id
from router.protocols import Backend, Dispatch
from serving.simulator.process import SimulatorProcess
from tests.bodies import (
    CHAT,
    CHOICES,
    COMPLETIONS,
    CONFIDENTIAL,
    EMBEDDINGS,
    HARMLESS,
    RESTRICTED,
    SENSITIVE,
    chat,
    completion,
    embedding,
)
from tests.stack import CREDENTIAL, EXTERNAL, Stack, adapters

OUTSIDE = "openai-model@1"


class Witness:
    """A backend in front of a real one that remembers what it was asked to send."""

    def __init__(self, inner: Backend, dispatches: list[Dispatch]) -> None:
        self._inner, self._dispatches = inner, dispatches

    async def attempt(self, dispatch: Dispatch) -> AsyncIterator[JsonObject]:
        self._dispatches.append(dispatch)
        async with aclosing(self._inner.attempt(dispatch)) as answers:  # type: ignore[type-var]
            async for answer in answers:
                yield answer


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("prefix", ["", "/private"])
def test_a_sensitive_request_stays_inside_whatever_the_client_asks_for(
    stack: Stack, prefix: str, stream: bool
) -> None:
    for text in SENSITIVE:
        for choice in CHOICES:
            answer = stack.post(prefix + CHAT, chat(text, choice, stream=stream))
            assert answer.status_code == 200, choice
        answer = stack.post(prefix + COMPLETIONS, completion(text, "balanced", stream=stream))
        assert answer.status_code == 200
    assert stack.arrived_outside() == []
    assert len(stack.arrived("private", "fast")) == len(SENSITIVE) * (len(CHOICES) + 1)


@pytest.mark.parametrize("text", SENSITIVE)
@pytest.mark.parametrize("prefix", ["", "/private"])
def test_a_sensitive_embedding_is_refused_and_not_sent(
    stack: Stack, prefix: str, text: str
) -> None:
    refused = stack.post(prefix + EMBEDDINGS, embedding(text))
    assert (refused.status_code, refused.json()["error"]["code"]) == (403, "no_model_permitted")
    assert stack.arrived() == stack.arrived_outside() == []


def test_the_private_endpoint_sends_even_harmless_requests_nowhere_else(stack: Stack) -> None:
    for number, choice in enumerate(CHOICES):
        body = chat(HARMLESS, choice, stream=number % 2 == 0)
        assert stack.post(f"/private{CHAT}", body).status_code == 200, choice
    assert stack.arrived_outside() == []


@pytest.mark.parametrize("down", [("private",), ("fast",), ("private", "fast")])
def test_an_outage_inside_sends_nothing_sensitive_outside(
    own_stack: Callable[..., Stack], down: tuple[str, ...]
) -> None:
    stack = own_stack(cascade={"attempts_per_model": 1})
    for name in down:
        stack.providers[name].configure(outage="unavailable")
    for text in SENSITIVE:
        for number, choice in enumerate(CHOICES):
            stack.post(CHAT, chat(text, choice, stream=number % 2 == 0))
        stack.post(f"/private{COMPLETIONS}", completion(text))
    assert stack.arrived_outside() == []
    assert stack.arrived(*down)


def test_what_arrives_is_byte_for_byte_what_was_cleared(own_stack: Callable[..., Stack]) -> None:
    dispatches: list[Dispatch] = []
    stack = own_stack(wrap=lambda backend: Witness(backend, dispatches))
    odd = '  spaces, é, 😀, \\u0041 \u2028 "quoted"'
    for choice in ("openai-model", "anthropic-model"):
        for stream in (False, True):
            stack.post(CHAT, chat(odd, choice, stream=stream, temperature=0.5, stop=["END"]))
    stack.post(COMPLETIONS, completion(odd, "openai-model"))
    stack.post(EMBEDDINGS, embedding(odd))
    arrived = stack.arrived_outside()
    assert sorted(request.body for request in arrived) == sorted(d.body for d in dispatches)
    cleared = {}
    for dispatch in dispatches:
        assert dispatch.clearance is not None
        payload = dispatch.clearance.split(".")[0]
        claim = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
        cleared[claim["body_sha256"]] = claim
        assert (claim["request_id"], claim["model"]) == (dispatch.request_id, dispatch.model)
        assert claim["attempt"] == dispatch.attempt
    for provider in EXTERNAL:
        for request in stack.arrived(provider):
            claim = cleared[hashlib.sha256(request.body).hexdigest()]
            assert claim["origin"] == stack.providers[provider].origin
            assert (request.method, request.path) == ("POST", claim["path"])
            assert request.query == ""


def test_nothing_of_the_client_but_the_body_arrives_outside(stack: Stack) -> None:
    told = {"x-trace": "of-the-client", "cookie": "of=the-client", "user-agent": "of-the-client"}
    assert stack.post(CHAT, chat(model="openai-model"), headers=told).status_code == 200
    (arrived,) = stack.arrived_outside()
    sent = json.dumps(arrived.headers)
    assert arrived.headers["authorization"] == f"Bearer {CREDENTIAL}"
    assert stack.key not in sent
    assert "of-the-client" not in sent
    assert "clearance" not in sent


FAULTS: dict[str, dict[str, Any]] = {
    "redirect": {},
    "500": {"error_rate": 1.0, "error_status": 500},
    "503": {"outage": "unavailable"},
    "429": {"error_rate": 1.0, "error_status": 429, "retry_after_s": 0.01},
    "400": {"error_rate": 1.0, "error_status": 400},
    "401": {"error_rate": 1.0, "error_status": 401},
    "connection closed": {"outage": "closed"},
    "stall": {"stall": True},
    "stream cut": {"cut_stream_after_tokens": 2},
}


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("fault", FAULTS)
def test_a_body_arrives_once_for_each_attempt_of_its_record_and_nowhere_else(
    own_stack: Callable[..., Stack], fault: str, stream: bool
) -> None:
    stack = own_stack(cascade={"attempt_timeout_s": 0.5 if fault == "stall" else 5})
    changes = FAULTS[fault]
    if fault == "redirect":
        changes = {"redirect_to": f"{stack.providers['anthropic'].origin}/v1/messages"}
    stack.providers["openai"].configure(**changes)
    answer = stack.post(CHAT, chat(model="openai-model", stream=stream))
    record = stack.closed_record(answer.headers["x-ringfence-request-id"])
    attempts = [a for a in record["outcome"]["attempts"] if a["model"] == OUTSIDE]
    arrived = stack.arrived("openai")
    assert len(arrived) == len(attempts) > 0
    assert len({request.body for request in arrived}) == 1
    assert {request.path for request in arrived} == {CHAT}
    assert stack.arrived("anthropic") == []
    assert {a["origin"] for a in attempts} == {stack.providers["openai"].origin}


def test_a_proxy_of_the_environment_gets_nothing(
    own_stack: Callable[..., Stack],
    providers: Mapping[str, SimulatorProcess],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "all_proxy"):
        monkeypatch.setenv(name, providers["anthropic"].origin)
    stack = own_stack()
    assert stack.post(CHAT, chat(model="openai-model")).status_code == 200
    assert len(stack.arrived("openai")) == 1
    assert stack.arrived("anthropic") == []


def cleared_dispatch(stack: Stack, office: ClearanceOffice | None = None) -> Dispatch:
    """A dispatch for the model outside, with the clearance that a permitting decision gets."""
    model = stack.rules.registry.entries[OUTSIDE].spec
    decision = Decision(OUTSIDE, DataClass.PUBLIC, (OUTSIDE,), (), (), (), "sha256:0")
    body = json.dumps({"model": "openai", "messages": [{"role": "user", "content": "x"}]}).encode()
    request_id, expires_at_s = new_id(), 4e9
    token = (office or ClearanceOffice(stack.clearance_key)).issue(
        decision=decision,
        model=model,
        request_id=request_id,
        attempt=1,
        path=CHAT,
        body=body,
        expires_at_s=expires_at_s,
    )
    return Dispatch(request_id, 1, OUTSIDE, Endpoint.CHAT, CHAT, body, False, 5.0, token)


async def send(stack: Stack, *dispatches: Dispatch) -> None:
    """Straight to an adapter, past the gateway."""
    backends = adapters(stack.rules, stack.clearance_key)
    try:
        for dispatch in dispatches:
            async for _ in backends[dispatch.model].attempt(dispatch):
                pass
    finally:
        for backend in backends.values():
            await backend.aclose()  # type: ignore[attr-defined]


def altered_claim(token: str) -> str:
    payload, signature = token.split(".")
    claim = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    claim["expires_at_s"] += 1
    encoded = base64.urlsafe_b64encode(json.dumps(claim).encode()).rstrip(b"=").decode()
    return f"{encoded}.{signature}"


FORGERIES: dict[str, Callable[[Dispatch], Dispatch]] = {
    "none": lambda d: replace(d, clearance=None),
    "no clearance at all": lambda d: replace(d, clearance="approved"),
    "altered claim": lambda d: replace(d, clearance=altered_claim(d.clearance or "")),
    "another body": lambda d: replace(d, body=d.body.replace(b'"x"', b'"y"')),
    "another byte": lambda d: replace(d, body=d.body + b" "),
    "another path": lambda d: replace(d, path="/v1/embeddings"),
    "a query": lambda d: replace(d, path=f"{CHAT}?x=1"),
    "another model": lambda d: replace(d, model="embedding-model@1"),
    "another provider": lambda d: replace(d, model="anthropic-model@1"),
}


@pytest.mark.parametrize("forgery", FORGERIES)
async def test_an_adapter_sends_nothing_without_the_clearance_for_it(
    stack: Stack, forgery: str
) -> None:
    with pytest.raises(EgressRefused):
        await send(stack, FORGERIES[forgery](cleared_dispatch(stack)))
    assert stack.arrived_outside() == []


async def test_an_adapter_sends_nothing_for_a_clearance_that_another_key_signed(
    stack: Stack,
) -> None:
    stranger = ClearanceOffice(Ed25519PrivateKey.generate())
    with pytest.raises(EgressRefused):
        await send(stack, cleared_dispatch(stack, stranger))
    assert stack.arrived_outside() == []


async def test_a_clearance_sends_its_body_once(stack: Stack) -> None:
    dispatch = cleared_dispatch(stack)
    with pytest.raises(EgressRefused):
        await send(stack, dispatch, dispatch)
    (arrived,) = stack.arrived_outside()
    assert arrived.body == dispatch.body


@pytest.mark.parametrize("data_class", [DataClass.CONFIDENTIAL, DataClass.RESTRICTED])
def test_no_clearance_is_signed_for_what_the_model_is_not_approved_for(
    stack: Stack, data_class: DataClass
) -> None:
    model = stack.rules.registry.entries[OUTSIDE].spec
    for permitted, judged in (((OUTSIDE,), data_class), ((), DataClass.PUBLIC)):
        decision = Decision(OUTSIDE, judged, permitted, (), (), (), "sha256:0")
        with pytest.raises(EgressRefused):
            ClearanceOffice(stack.clearance_key).issue(
                decision=decision,
                model=model,
                request_id=new_id(),
                attempt=1,
                path=CHAT,
                body=RESTRICTED.encode(),
                expires_at_s=4e9,
            )


def test_explaining_a_request_sends_nothing(stack: Stack) -> None:
    for text in (HARMLESS, CONFIDENTIAL, RESTRICTED):
        assert stack.post("/v1/route", chat(text)).status_code == 200
    assert stack.arrived(*stack.providers) == []
    assert stack.post("/v1/route", chat(HARMLESS)).json()["plan"][0] == OUTSIDE
