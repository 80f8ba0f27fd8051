"""Counting at the outermost edge, where what the gate refuses is seen as well."""

from __future__ import annotations

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from router.domain import Endpoint
from serving.telemetry.families import Families

OTHER = "other"
NO_ANSWER = "none"
"""In the place of a status: the client left before there was one."""

_ROUTES = frozenset(
    {f"/v1/{endpoint.value}" for endpoint in Endpoint}
    | {"/v1/route", "/v1/models", "/v1/records", "/v1/feedback", "/healthz", "/metrics"}
)
_METHODS = frozenset({"GET", "POST", "HEAD", "OPTIONS"})


class WatchedApp:
    """ASGI middleware. Adds nothing to what passes."""

    def __init__(self, app: ASGIApp, families: Families) -> None:
        self._app = app
        self._families = families

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        status = NO_ANSWER

        async def watched(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = str(message["status"])
            await send(message)

        self._families.http_in_flight.inc()
        try:
            await self._app(scope, receive, watched)
        finally:
            self._families.http_in_flight.dec()
            method = scope["method"] if scope["method"] in _METHODS else OTHER
            route = route_of(scope["path"])
            self._families.http_requests.labels(route, method, status).inc()


def route_of(path: str) -> str:
    """One of few: a path is what a client wrote. `/private` is the same API."""
    shared = path.removeprefix("/private")
    if shared in _ROUTES:
        return shared
    for collection in ("/v1/models", "/v1/records"):
        if shared.startswith(f"{collection}/"):
            return collection
    return OTHER
