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
from router.protocols import Clock
from serving.external.credentials import NO_CREDENTIAL, Secret
from serving.external.http_attempt import (
    Deadline,
    drain,
    guarded_client,
    parse_object,
    read_events,
)
from serving.external.pinned_tls import Peer
from serving.external.sdk_backend import SdkBackend
from serving.external.sdk_logs import silence_content


class AnthropicBackend(SdkBackend):
    """On the official `anthropic` SDK; answers in OpenAI's dialect."""

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
        client = anthropic.AsyncAnthropic(
            # The real one is asked for on each attempt. None would take the environment's.
            api_key=NO_CREDENTIAL,
            base_url=model.origin or "",
            max_retries=0,
            http_client=guarded_client(model, public_key=public_key, clock=clock, peer=peer),
            # Its spans may hold content, and the environment could switch that on.
            open_telemetry=False,
        )
        super().__init__(
            client,
            stream_cls=anthropic.AsyncStream[object],
            status_error=anthropic.APIStatusError,
            credential=credential,
            clock=clock,
        )

    def _completion(self, answer: JsonObject) -> JsonObject:
        try:
            return completion_from_anthropic(answer, created_s=int(self._clock.now_s()))
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
