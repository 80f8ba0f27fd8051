from __future__ import annotations

import json
from typing import Any

from router.domain import (
    Capability,
    DataClass,
    Dialect,
    Endpoint,
    InferenceRequest,
    Location,
    ModelSpec,
    Price,
)


def model(**changes: Any) -> ModelSpec:
    fields: dict[str, Any] = {
        "id": "m",
        "version": "1",
        "dialect": Dialect.OPENAI,
        "location": Location.EXTERNAL,
        "approved": frozenset(DataClass),
        "residency": frozenset({"us"}),
        "capabilities": frozenset(Capability),
        "context_tokens": 1000,
        "price": Price(0, 0),
        "upstream_model": "upstream",
        "origin": "https://api.example.com",
    }
    return ModelSpec(**fields | changes)


def request(
    *, endpoint: Endpoint = Endpoint.CHAT, stream: bool = False, **body: Any
) -> InferenceRequest:
    if endpoint is Endpoint.CHAT:
        body = {"messages": [{"role": "user", "content": "hi"}], **body}
    return InferenceRequest("id", endpoint, {"model": "auto", **body}, "auto", stream)


def parsed(body: bytes) -> Any:
    return json.loads(body)
