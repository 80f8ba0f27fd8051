"""The inference endpoints, and the one that only explains."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from router.api.answer_headers import headers_of, headers_of_answer
from router.api.body import read_json
from router.api.in_force import CurrentRules
from router.api.openai_requests import parse_request
from router.api.streaming import EventStream, encoded, unless_gone
from router.domain import Endpoint, InferenceRequest, JsonObject
from router.policy.explain import explain
from router.policy.policy import Policy

_TO_READ_S = 30.0
"""For the end of a stream that was made in time. Shorter than what holds last longer."""

Handler = Callable[[Request], Awaitable[Response]]


class InferenceRoutes:
    """Each request takes the rules in force once, when its body is there, and keeps them."""

    def __init__(self, current: CurrentRules, max_body_bytes: int, private_only: bool) -> None:
        self._current = current
        self._max_body_bytes = max_body_bytes
        self._private_only = private_only

    def endpoint(self, endpoint: Endpoint) -> Handler:
        async def handle(request: Request) -> Response:
            body = await read_json(request, self._max_body_bytes)
            now, state = self._current(), request.state
            # Again: the body may have taken long, and a key been revoked meanwhile.
            principal = await state.admit(now.tokens)
            asked = self._parse(request, body, endpoint, now.rules.policy)
            cascade = now.rules.policy.cascade
            read_by_s = asyncio.get_running_loop().time() + cascade.total_timeout_s + _TO_READ_S
            state.trail.traceparent = request.headers.get("traceparent")
            work = now.pipeline.run(asked, principal, state.trail)
            reply = await unless_gone(request.receive, work)
            headers = headers_of_answer(state.trail, now.rules.registry)
            if asked.stream:
                return EventStream(reply, headers, read_by_s)
            await reply.aclose()
            return Response(encoded(reply.first), headers=headers, media_type="application/json")

        return handle

    async def explain(self, request: Request) -> Response:
        """POST /v1/route: the decision for a body, with nothing recorded and nothing sent."""
        body = await read_json(request, self._max_body_bytes)
        now = self._current()
        asked = self._parse(request, body, _endpoint_of(body), now.rules.policy)
        trail = request.state.trail
        asker = await request.state.admit(now.tokens)
        found, decision, cascading = await now.pipeline.explain(asked, asker)
        trail.classification, trail.decision = found, decision
        explanation = explain(decision, found, now.rules, cascading, stream=asked.stream)
        return JSONResponse(explanation, headers=headers_of(trail))

    def _parse(
        self, request: Request, body: JsonObject, endpoint: Endpoint, policy: Policy
    ) -> InferenceRequest:
        # Joined as HTTP joins them: of two values none is taken for the only one.
        headers = {name: ", ".join(request.headers.getlist(name)) for name in request.headers}
        return parse_request(
            body,
            headers,
            endpoint=endpoint,
            request_id=request.state.trail.request_id,
            private_only=self._private_only,
            known_stakes=policy.stakes,
        )


def _endpoint_of(body: JsonObject) -> Endpoint:
    """Which endpoint a body is for, by the field that only this one has."""
    if "prompt" in body:
        return Endpoint.COMPLETIONS
    return Endpoint.EMBEDDINGS if "input" in body else Endpoint.CHAT
