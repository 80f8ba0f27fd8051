"""Ray Serve without the gateway: an ingress that calls the model's handle, and nothing else.

It stands beside the gateway of a running cluster and in front of the same engine, so that what
differs between the two layers is the gateway alone.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator

from ray import serve
from ray.serve import Application
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, StreamingResponse
from starlette.routing import Route
from starlette.types import ASGIApp

from router.domain import Endpoint
from router.ids import new_id
from router.protocols import Dispatch

BARE = "bench-throughput"
ROUTE = f"/{BARE}"
_MAX_ONGOING_REQUESTS = 2_000
_TIMEOUT_S = 3_600.0


@serve.ingress()
class BareIngress:
    """Bytes to the engine's `attempt`, and its chunks back. Nobody is asked who they are: only for
    a cluster on loopback, and only while it is measured.
    """

    def __init__(self, model: str) -> None:
        self._model = model
        handle = serve.get_deployment_handle(model, model)
        self._attempt = handle.options(method_name="attempt", stream=True)

    def __serve_build_asgi_app__(self) -> ASGIApp:
        return Starlette(
            routes=[
                Route("/v1/models", self._models),
                Route("/v1/completions", self._completions, methods=["POST"]),
            ]
        )

    async def _models(self, _: Request) -> JSONResponse:
        return JSONResponse({"object": "list", "data": [{"id": self._model}]})

    async def _completions(self, request: Request) -> StreamingResponse:
        dispatch = Dispatch(
            request_id=new_id(),
            attempt=1,
            model=self._model,
            endpoint=Endpoint.COMPLETIONS,
            path="/v1/completions",
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
        BareIngress,
        name=BARE,
        max_ongoing_requests=_MAX_ONGOING_REQUESTS,
        ray_actor_options={"num_cpus": 0},
    )
    return deployment.bind(model)
