"""The bare ingress of `serving.bench.throughput.bare` for chats, which simulated engines take."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator

from ray import serve
from ray.serve import Application
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import StreamingResponse
from starlette.routing import Route
from starlette.types import ASGIApp

from router.domain import Endpoint
from router.ids import new_id
from router.protocols import Dispatch
from serving.bench.overhead.configuration import BARE

_MAX_ONGOING_REQUESTS = 100
_TIMEOUT_S = 60.0


@serve.ingress()
class BareChatIngress:
    """Bytes to the engine's `attempt`, and its chunks back. Nobody is asked who they are: only for
    a cluster on loopback, and only while it is measured.
    """

    def __init__(self, model: str) -> None:
        self._model = model
        handle = serve.get_deployment_handle(model, model)
        self._attempt = handle.options(method_name="attempt", stream=True)

    def __serve_build_asgi_app__(self) -> ASGIApp:
        return Starlette(routes=[Route("/v1/chat/completions", self._chat, methods=["POST"])])

    async def _chat(self, request: Request) -> StreamingResponse:
        dispatch = Dispatch(
            request_id=new_id(),
            attempt=1,
            model=self._model,
            endpoint=Endpoint.CHAT,
            path="/v1/chat/completions",
            body=await request.body(),
            stream=True,
            timeout_s=_TIMEOUT_S,
        )
        return StreamingResponse(self._chunks(dispatch), media_type="text/event-stream")

    async def _chunks(self, dispatch: Dispatch) -> AsyncIterator[bytes]:
        async for chunk in self._attempt.remote(dispatch):
            yield f"data: {json.dumps(chunk)}\n\n".encode()
        yield b"data: [DONE]\n\n"


def bare_application(model: str) -> Application:
    """`model` is the key of an engine: its application and its deployment are called so."""
    deployment = serve.deployment(
        BareChatIngress,
        name=BARE,
        max_ongoing_requests=_MAX_ONGOING_REQUESTS,
        ray_actor_options={"num_cpus": 0},
    )
    return deployment.bind(model)
