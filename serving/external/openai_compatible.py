"""Providers, and servers of the customer's own, that speak OpenAI's API."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing

import httpx2
import openai
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from router.domain import JsonObject, ModelSpec
from router.errors import BackendBroken
from router.protocols import Clock, Dispatch
from serving.external.credentials import NO_CREDENTIAL, Secret, current
from serving.external.guarded_transport import CLEARANCE_HEADER
from serving.external.http_attempt import (
    Deadline,
    drain,
    guarded_client,
    parse_object,
    read_events,
    read_object,
)
from serving.external.outcomes import failure_of_status
from serving.external.pinned_tls import Peer
from serving.external.sdk_logs import silence_content

DONE = "[DONE]"


class OpenAICompatibleBackend:
    """A `router.protocols.Backend` on the official `openai` SDK, for one model of the registry.

    Sends exactly `dispatch.body`, once. `peer` says who a server of the customer's own must be.
    """

    def __init__(
        self,
        model: ModelSpec,
        *,
        credential: str | Secret,
        public_key: Ed25519PublicKey,
        clock: Clock,
        peer: Peer | None = None,
    ) -> None:
        silence_content()
        self._credential = credential
        self._clock = clock
        self._client = openai.AsyncOpenAI(
            # The real one is asked for on each attempt. None would take the environment's.
            api_key=NO_CREDENTIAL,
            base_url=model.origin or "",
            max_retries=0,
            http_client=guarded_client(model, public_key=public_key, clock=clock, peer=peer),
        )

    async def attempt(self, dispatch: Dispatch) -> AsyncGenerator[JsonObject, None]:
        deadline = Deadline(dispatch.timeout_s)
        response = await deadline.wait(self._post(dispatch), answered=False)
        try:
            if dispatch.stream:
                async with aclosing(_chunks(response, deadline)) as chunks:
                    async for chunk in chunks:
                        yield chunk
            else:
                yield await read_object(response, deadline)
        finally:
            await response.aclose()

    async def aclose(self) -> None:
        """Closes idle connections; the backend is not usable after it."""
        await self._client.close()

    async def _post(self, dispatch: Dispatch) -> httpx2.Response:
        headers = {
            "Accept": "text/event-stream" if dispatch.stream else "application/json",
            "Content-Type": "application/json",
        }
        # Read by the SDK for each request, which knows in what header it belongs.
        self._client.api_key = current(self._credential) or NO_CREDENTIAL
        if dispatch.clearance is not None:
            headers[CLEARANCE_HEADER] = dispatch.clearance
        try:
            response: object = await self._client.post(
                dispatch.path,
                cast_to=httpx2.Response,
                content=dispatch.body,
                options={"headers": headers, "max_retries": 0},
                # Not for events alone: so the SDK hands the body over unread, and it stays bounded.
                stream=True,
                stream_cls=openai.AsyncStream[object],
            )
            assert isinstance(response, httpx2.Response)
            return response
        except openai.APIStatusError as error:
            answer = error.response
        raise failure_of_status(
            answer.status_code, answer.headers, answer.content, now_s=self._clock.now_s()
        )


async def _chunks(
    response: httpx2.Response, deadline: Deadline
) -> AsyncGenerator[JsonObject, None]:
    """Chunks up to the end that the stream itself says; raises BackendBroken if it says none."""
    finished = False
    async with aclosing(read_events(response, deadline)) as events:
        async for data in events:
            if data.strip() == DONE:
                await drain(events)
                return
            chunk = parse_object(data)
            finished = finished or _finishes(chunk)
            yield chunk
    # Some servers leave the marker out; an answer without a finish reason was cut.
    if not finished:
        raise BackendBroken("the stream was cut")


def _finishes(chunk: JsonObject) -> bool:
    choices = chunk.get("choices")
    return isinstance(choices, list) and any(
        isinstance(choice, dict) and choice.get("finish_reason") for choice in choices
    )
