"""What adapters on the official SDKs have in common: one attempt, and exactly these bytes."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any

import httpx2

from router.domain import JsonObject
from router.protocols import Clock, Dispatch
from serving.external.credentials import NO_CREDENTIAL, Secret, current
from serving.external.guarded_transport import CLEARANCE_HEADER
from serving.external.http_attempt import Deadline, read_object
from serving.external.outcomes import failure_of_status


class SdkBackend(ABC):
    """A `router.protocols.Backend` for one model of the registry.

    Sends exactly `dispatch.body`, once. `client` is an SDK's asynchronous one, on a guarded
    transport and without retries; `stream_cls` and `status_error` are that SDK's. The SDKs come
    from one generator and look alike, but share no type that could be named here.
    """

    def __init__(
        self,
        client: Any,
        *,
        stream_cls: type[Any],
        status_error: type[Any],
        credential: str | Secret,
        clock: Clock,
    ) -> None:
        self._client = client
        self._stream_cls = stream_cls
        self._status_error = status_error
        self._credential = credential
        self._clock = clock

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

    @abstractmethod
    def _completion(self, answer: JsonObject) -> JsonObject:
        """A whole answer in OpenAI's dialect; raises BackendBroken for what is none."""

    @abstractmethod
    def _chunks(
        self, response: httpx2.Response, deadline: Deadline
    ) -> AsyncGenerator[JsonObject, None]:
        """Chunks up to the end that the stream itself says; BackendBroken if it says none."""

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
                stream_cls=self._stream_cls,
            )
            assert isinstance(response, httpx2.Response)
            return response
        except self._status_error as error:
            answer = error.response
        raise failure_of_status(
            answer.status_code, answer.headers, answer.content, now_s=self._clock.now_s()
        )
