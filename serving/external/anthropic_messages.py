"""Anthropic's Messages API as a backend of the canonical dialect."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing

import anthropic
import httpx2
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from router.dialects.anthropic import completion_from_anthropic
from router.dialects.anthropic_stream import ChunkTranslator
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


class AnthropicBackend:
    """A `router.protocols.Backend` on the official `anthropic` SDK, for one model of the registry.

    Sends exactly `dispatch.body`, once, and answers in OpenAI's dialect.
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
        self._client = anthropic.AsyncAnthropic(
            # The real one is asked for on each attempt. None would take the environment's.
            api_key=NO_CREDENTIAL,
            base_url=model.origin or "",
            max_retries=0,
            http_client=guarded_client(model, public_key=public_key, clock=clock, peer=peer),
            # Its spans may hold content, and the environment could switch that on.
            open_telemetry=False,
        )

    async def attempt(self, dispatch: Dispatch) -> AsyncGenerator[JsonObject, None]:
        deadline = Deadline(dispatch.timeout_s)
        response = await deadline.wait(self._post(dispatch), answered=False)
        try:
            if dispatch.stream:
                async with aclosing(self._chunks(response, deadline)) as chunks:
                    async for chunk in chunks:
                        yield chunk
            else:
                yield self._completion(await read_object(response, deadline))
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
                stream_cls=anthropic.AsyncStream[object],
            )
            assert isinstance(response, httpx2.Response)
            return response
        except anthropic.APIStatusError as error:
            answer = error.response
        raise failure_of_status(
            answer.status_code, answer.headers, answer.content, now_s=self._clock.now_s()
        )

    def _completion(self, message: JsonObject) -> JsonObject:
        try:
            return completion_from_anthropic(message, created_s=int(self._clock.now_s()))
        except ValueError:
            problem = "an answer that is not a message"
        raise BackendBroken(problem)

    async def _chunks(
        self, response: httpx2.Response, deadline: Deadline
    ) -> AsyncGenerator[JsonObject, None]:
        """Chunks up to `message_stop`; raises BackendBroken if the stream ends before it."""
        translator = ChunkTranslator(created_s=int(self._clock.now_s()))
        async with aclosing(read_events(response, deadline)) as events:
            async for data in events:
                for chunk in translator.chunks(parse_object(data)):
                    yield chunk
                if translator.finished:
                    await drain(events)
                    return
        raise BackendBroken("the stream was cut")
