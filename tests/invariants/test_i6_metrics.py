"""I6: whoever reads metrics and traces learns nothing of what was said, or by whom."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import AsyncExitStack

import httpx2
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from router.audit.vault.wrapping import FileKeyWrapper
from router.clock import SystemClock
from router.domain import Role
from serving.detection.fake import FakePatternDetector
from serving.gateway import GatewaySettings, wire_gateway
from serving.telemetry.gateway_telemetry import GatewayTelemetry
from serving.telemetry.traces import Traces
from tests.bodies import CHAT, COMPLETIONS, EMBEDDINGS
from tests.stack import Stack, adapters

CANARY = "zq-canary-51d0"


def test_what_clients_say_and_call_things_is_on_no_page(stack: Stack) -> None:
    """In prompts, names, models, headers, paths and keys; answered, refused and not understood."""
    message = {"role": "user", "content": f"Repeat: {CANARY}", "name": CANARY}
    tool = {"type": "function", "function": {"name": CANARY, "description": CANARY}}
    bodies = [
        (CHAT, {"model": "auto", "messages": [message], "user": CANARY, "metadata": {"x": CANARY}}),
        (CHAT, {"model": "auto", "messages": [message], "tools": [tool], CANARY: CANARY}),
        (CHAT, {"model": CANARY, "messages": [message]}),
        (CHAT, {"model": "auto", "messages": CANARY}),
        (COMPLETIONS, {"model": "auto", "prompt": CANARY}),
        (EMBEDDINGS, {"model": "auto", "input": CANARY}),
        (f"/v1/{CANARY}", {}),
        (f"/v1/records/{CANARY}", {}),
    ]
    headers = {
        "user-agent": CANARY,
        "x-ringfence-subject": CANARY,
        "x-ringfence-stakes": CANARY,
        "x-request-id": CANARY,
        "traceparent": CANARY,
    }
    ids = []
    for path, body in bodies:
        answer = stack.post(path, body, headers=headers)
        ids.append(answer.headers["x-ringfence-request-id"])
        stack.post(path, body, key=CANARY, headers=headers)
    with stack.client() as client:
        stream = client.chat.completions.create(
            model="auto", messages=[{"role": "user", "content": CANARY}], stream=True
        )
        assert list(stream)
    stack.http.request(CANARY.upper(), f"/{CANARY}?{CANARY}")

    key = stack.known_key(roles=frozenset({Role.OPERATOR}), owner=f"owner-{CANARY}")
    page = stack.http.get("/metrics", headers={"authorization": f"Bearer {key}"}).text

    assert 'ringfence_requests_total{choice="auto"' in page
    assert CANARY not in page.lower()
    for secret in (stack.key, key, json.dumps(CANARY)[1:-1], *ids):
        assert secret not in page


async def test_what_clients_say_is_in_no_span(own_stack: Callable[..., Stack]) -> None:
    stack = own_stack(root_secret=bytes(32))
    settings = GatewaySettings(
        database_url=stack.database_url,
        root_secret=bytes(32),
        clearance_key=stack.clearance_key,
        audit_key=stack.audit_key,
        vault=FileKeyWrapper((stack.database_file.parent / "vault.key").read_bytes()),
    )
    exporter = InMemorySpanExporter()
    telemetry = GatewayTelemetry(Traces(exporter, SystemClock()))
    message = {"role": "user", "content": f"Repeat: {CANARY}", "name": CANARY}
    async with AsyncExitStack() as running:
        backends = adapters(stack.rules, stack.clearance_key)
        for backend in backends.values():
            running.push_async_callback(backend.aclose)  # type: ignore[attr-defined]
        gateway = wire_gateway(
            settings, stack.rules, backends, FakePatternDetector(), telemetry=telemetry
        )
        gateway.start()
        running.callback(gateway.close)
        client = await running.enter_async_context(
            httpx2.AsyncClient(
                transport=httpx2.ASGITransport(app=gateway.app),
                base_url="http://gateway",
                headers={
                    "authorization": f"Bearer {stack.key}",
                    "traceparent": CANARY,
                    "tracestate": f"x={CANARY}",
                    "baggage": f"x={CANARY}",
                    "user-agent": CANARY,
                },
            )
        )
        for model in ("auto", "private", "openai-model", CANARY):
            body = {"model": model, "messages": [message], "user": CANARY, CANARY: CANARY}
            await client.post(CHAT, json=body)
        stack.providers["private"].stop(kill=True)
        body = {"model": "private", "messages": [message], "stream": True}
        assert (await client.post(CHAT, json=body)).status_code == 503

    spans = exporter.get_finished_spans()
    assert len([span for span in spans if span.parent is None]) == 4
    told = "".join(span.to_json() for span in spans)
    assert CANARY not in told
    assert stack.key not in told
