"""What a choice means at a gateway, asked before a run: a model, or the router's to make."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import httpx2

from benchmarks.quality.record import Model

_PATIENCE_S = 30.0


class GatewayRefused(Exception):
    """There is no gateway, or it does not take the key, or has nothing by this name."""


def resolve(url: str, key: str, choice: str) -> Model | None:
    """The model that a name or an alias is pinned to; None for a tier and `auto`.

    Asks the gateway. Raises GatewayRefused.
    """
    said = _described(url, key, choice)
    if "weights_digest" not in said:
        return None
    return Model(key=str(said["id"]), weights_digest=said["weights_digest"])


def _described(url: str, key: str, choice: str) -> dict[str, Any]:
    headers = {"authorization": f"Bearer {key}"}
    try:
        with httpx2.Client(base_url=url, trust_env=False, timeout=_PATIENCE_S) as client:
            answer = client.get(f"/v1/models/{quote(choice, safe='@')}", headers=headers)
    except (httpx2.TransportError, httpx2.InvalidURL, httpx2.UnsupportedProtocol):
        raise GatewayRefused(f"no gateway answers at {url}: start one, or name its --url") from None
    if answer.status_code in (401, 403):
        raise GatewayRefused(
            "the gateway does not take this key: `ringfence keys create` makes one"
        )
    if answer.status_code == 404:
        raise GatewayRefused(f"{choice} is neither a tier nor a model that this key may name")
    try:
        said = answer.raise_for_status().json()
    except (httpx2.HTTPStatusError, ValueError):
        said = None
    if not isinstance(said, dict) or "id" not in said:
        raise GatewayRefused(f"what answers at {url} is no gateway of Ringfence")
    return said
