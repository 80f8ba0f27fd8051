"""One attempt at a provider over HTTP: a deadline over all of it, and a typed outcome."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable
from contextlib import aclosing, suppress
from typing import NoReturn, TypeVar

import httpx2
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from router.domain import JsonObject, ModelSpec
from router.errors import BackendBroken, BackendFailure, EgressRefused
from router.protocols import Clock
from serving.external.bounded_response import MAX_EVENT_BYTES, BoundedTransport
from serving.external.guarded_transport import GuardedTransport
from serving.external.outcomes import failure_of_error
from serving.external.pinned_tls import Peer, PeerCheckingTransport

_T = TypeVar("_T")
_DRAIN_S = 0.05

CONNECT_TIMEOUT_S = 5.0
"""For TCP and again for TLS. A packet that was lost is sent again after 1 s and after 3 s."""


def guarded_client(
    model: ModelSpec,
    *,
    public_key: Ed25519PublicKey,
    clock: Clock,
    peer: Peer | None = None,
    connect_timeout_s: float = CONNECT_TIMEOUT_S,
) -> httpx2.AsyncClient:
    """The only HTTP client that an adapter may give to an SDK."""
    guarded = GuardedTransport(
        PeerCheckingTransport(peer), model=model.key, public_key=public_key, clock=clock
    )
    return httpx2.AsyncClient(
        transport=BoundedTransport(guarded),
        # A proxy or .netrc of the environment's would be another way out.
        trust_env=False,
        follow_redirects=False,
        # Ours is over the whole attempt, the SDK's would be per read; but at its end nobody knows
        # whether anything was sent. Where there was no connection, nothing was.
        timeout=httpx2.Timeout(None, connect=connect_timeout_s),
    )


class Deadline:
    """The end of one attempt; every wait in it goes through `wait`."""

    def __init__(self, timeout_s: float) -> None:
        self._at = asyncio.get_running_loop().time() + timeout_s

    async def wait(self, work: Awaitable[_T], *, answered: bool = True) -> _T:
        """Awaits `work`; raises a BackendFailure or EgressRefused for whatever it raised.

        `answered` says whether a byte of the answer has come.

        The error carries no cause and no context: those of the SDKs quote bodies (I6).
        """
        try:
            async with asyncio.timeout_at(self._at):
                return await work
        except StopAsyncIteration:
            raise
        except Exception as error:
            failure = failure_of_error(error, answered=answered)
        failure.__cause__ = failure.__context__ = None
        raise failure


async def read_object(response: httpx2.Response, deadline: Deadline) -> JsonObject:
    """The whole answer as one JSON object; raises BackendBroken if it is not one."""
    body = await deadline.wait(response.aread())
    return parse_object(body)


async def read_events(response: httpx2.Response, deadline: Deadline) -> AsyncGenerator[str, None]:
    """The data of each event, as they come, to the end of the connection."""
    source = aiter(httpx2.EventSource(response, max_event_size=MAX_EVENT_BYTES))
    assert isinstance(source, AsyncGenerator)
    async with aclosing(source) as events:
        while True:
            try:
                event = await deadline.wait(anext(events))
            except StopAsyncIteration:
                return
            if event.data:
                yield event.data


async def drain(events: AsyncIterator[str]) -> None:
    """Reads what is left after the last event, since the connection is reusable only then."""
    with suppress(TimeoutError, BackendFailure, EgressRefused):
        async with asyncio.timeout(_DRAIN_S):
            async for _ in events:
                pass


def parse_object(text: str | bytes) -> JsonObject:
    """Raises BackendBroken for what is not a JSON object, or is an error in-band."""
    try:
        value = json.loads(text, parse_constant=_refuse_constant)
    except (ValueError, RecursionError):
        value = None
    if not isinstance(value, dict):
        raise BackendBroken("an answer that is not a JSON object")
    if value.get("error"):
        raise BackendBroken("an error within the answer")
    return value


def _refuse_constant(name: str) -> NoReturn:
    """NaN and Infinity, which Python reads and no client of ours could."""
    raise ValueError(name)
