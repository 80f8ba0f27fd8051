"""Providers, and servers of the customer's own, that speak OpenAI's API."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing

import httpx2
import openai
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

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

DONE = "[DONE]"


class OpenAICompatibleBackend(SdkBackend):
    """On the official `openai` SDK. `peer` says who a server of the customer's own must be."""

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
        client = openai.AsyncOpenAI(
            # The real one is asked for on each attempt. None would take the environment's.
            api_key=NO_CREDENTIAL,
            base_url=model.origin or "",
            max_retries=0,
            http_client=guarded_client(model, public_key=public_key, clock=clock, peer=peer),
        )
        super().__init__(
            client,
            stream_cls=openai.AsyncStream[object],
            status_error=openai.APIStatusError,
            credential=credential,
            clock=clock,
        )

    def _completion(self, answer: JsonObject) -> JsonObject:
        return answer

    async def _chunks(
        self, response: httpx2.Response, deadline: Deadline
    ) -> AsyncGenerator[JsonObject, None]:
        """Chunks up to `[DONE]`, or to the end if an answer was finished by then."""
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
