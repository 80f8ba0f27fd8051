"""The last thing before the socket: no clearance for exactly these bytes, no request (I1).

Whatever stands above it (an SDK, its retries, a redirect, a bug of ours) has no other way out, so
it trusts nothing of what it is handed. It checks the request, and then builds from scratch the one
that is sent: the digest is taken of the same `bytes` object that goes to the socket.
"""

from __future__ import annotations

import heapq

import httpx2
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from router.egress.clearance import verify
from router.errors import EgressRefused
from router.protocols import Clock

CLEARANCE_HEADER = "x-ringfence-clearance"

PASSED_HEADERS = frozenset(
    {
        "accept",
        "anthropic-version",
        "authorization",
        "content-type",
        "user-agent",
        "x-api-key",
    }
)
"""All that leaves beside the body. A clearance does not cover headers, so none may carry more than
what the provider needs: no cookies, no SDK telemetry, nothing from the environment."""

_DEFAULT_PORTS = {"http": 80, "https": 443}


class GuardedTransport(httpx2.AsyncBaseTransport):
    """Sends a POST whose clearance covers model, origin, path and body, is unexpired and unused.

    Raises EgressRefused otherwise, with nothing sent. A clearance is spent before its request is
    sent, whatever becomes of that: sending the same body again takes another decision. Spent ids
    are remembered, in this process, until they would have expired.
    """

    def __init__(
        self,
        inner: httpx2.AsyncBaseTransport,
        *,
        model: str,
        public_key: Ed25519PublicKey,
        clock: Clock,
    ) -> None:
        self._inner = inner
        self._model = model
        self._public_key = public_key
        self._clock = clock
        self._spent: set[str] = set()
        self._spent_by_expiry: list[tuple[float, str]] = []

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        cleared = self._cleared(request)
        return await self._inner.handle_async_request(cleared)

    async def aclose(self) -> None:
        await self._inner.aclose()

    def _cleared(self, request: httpx2.Request) -> httpx2.Request:
        if request.method != "POST":
            raise EgressRefused("only POST leaves")
        if not isinstance(request.stream, httpx2.ByteStream):
            raise EgressRefused("a body that is not in memory cannot be checked")
        raw_path = request.url.raw_path
        if b"?" in raw_path or request.url.fragment:
            raise EgressRefused("a clearance covers no query string")
        body = request.read()
        now_s = self._clock.now_s()
        clearance = verify(
            request.headers.get(CLEARANCE_HEADER),
            public_key=self._public_key,
            model=self._model,
            origin=origin_of(request.url),
            path=raw_path.decode("ascii"),
            body=body,
            now_s=now_s,
        )
        self._spend(clearance.id, clearance.expires_at_s, now_s)
        headers = [
            (name, value)
            for name, value in request.headers.multi_items()
            if name.lower() in PASSED_HEADERS
        ]
        # Compressed answers could unfold to any size.
        headers.append(("accept-encoding", "identity"))
        return httpx2.Request(
            "POST",
            request.url,
            headers=headers,
            content=body,
            # Not the others: `target` replaces the path on the wire, `sni_hostname` the TLS peer.
            extensions={"timeout": request.extensions.get("timeout", {})},
        )

    def _spend(self, clearance_id: str, expires_at_s: float, now_s: float) -> None:
        while self._spent_by_expiry and self._spent_by_expiry[0][0] <= now_s:
            self._spent.discard(heapq.heappop(self._spent_by_expiry)[1])
        if clearance_id in self._spent:
            raise EgressRefused("the clearance has been used")
        self._spent.add(clearance_id)
        heapq.heappush(self._spent_by_expiry, (expires_at_s, clearance_id))


def origin_of(url: httpx2.URL) -> str:
    """scheme://host[:port] without a default port; what a clearance's origin is compared with.

    Raises EgressRefused for a URL with user information in it.
    """
    if url.userinfo:
        raise EgressRefused("credentials do not belong into a URL")
    host = f"[{url.host}]" if ":" in url.host else url.host
    port = "" if url.port in (None, _DEFAULT_PORTS.get(url.scheme)) else f":{url.port}"
    return f"{url.scheme}://{host}{port}"
