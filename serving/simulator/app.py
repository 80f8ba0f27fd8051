"""The simulated provider's routes: OpenAI's and Anthropic's API on one port, and its controls."""

from __future__ import annotations

import asyncio
import json
import time

from fastapi import FastAPI, HTTPException
from fastapi.responses import JSONResponse, Response
from starlette.requests import Request
from starlette.types import ASGIApp

from router.dialects.wire import object_at
from router.domain import JsonObject
from serving.simulator import anthropic_dialect, openai_dialect
from serving.simulator.answers import Answer, answer
from serving.simulator.config import SimulatorConfig
from serving.simulator.connection import ARRIVAL_KEY, ConnectionLayer
from serving.simulator.faults import fault
from serving.simulator.openai_dialect import BadQuestion
from serving.simulator.pacing import Pace, PacedStream
from serving.simulator.recorder import Recorder
from serving.simulator.state import SimulatorState


def build_app(config: SimulatorConfig) -> ASGIApp:
    """The ASGI app. It needs `connection.AbortableProtocol` to close connections."""
    state = SimulatorState(config, Recorder(keeps=config.record))
    app = FastAPI(title="Ringfence simulator", openapi_url=None)
    _add_openai(app, state)
    _add_anthropic(app, state)
    _add_controls(app, state)
    return ConnectionLayer(app, state.recorder)


def _add_openai(app: FastAPI, state: SimulatorState) -> None:
    error = openai_dialect.error

    @app.get("/v1/models")
    async def models(request: Request) -> Response:
        data = [
            {"id": model, "object": "model", "created": 0, "owned_by": "simulator"}
            for model in state.config.models
        ]
        failed = await fault(request, state, error)
        return failed or JSONResponse({"object": "list", "data": data})

    @app.post("/v1/chat/completions")
    async def chat(request: Request) -> Response:
        if failed := await fault(request, state, error):
            return failed
        number = _number(request)
        try:
            body = await _body(request)
            said = answer(openai_dialect.chat_question(body), state.config, number)
        except BadQuestion as bad:
            return JSONResponse(error(400, str(bad)), 400)
        state.settle(said)
        logprobs = body.get("logprobs") is True
        envelope = _envelope("chatcmpl", number, said)
        if not body.get("stream"):
            whole = openai_dialect.chat_completion(said, envelope, logprobs=logprobs)
            return await _whole(request, state, said, whole)
        events = openai_dialect.chat_events(
            said, envelope, logprobs=logprobs, include_usage=_wants_usage(body)
        )
        return _stream(state, number, events, openai_dialect.sse(error(500, "simulated")))

    @app.post("/v1/completions")
    async def completions(request: Request) -> Response:
        if failed := await fault(request, state, error):
            return failed
        number = _number(request)
        try:
            body = await _body(request)
        except BadQuestion as bad:
            return JSONResponse(error(400, str(bad)), 400)
        parts = [
            answer(question, state.config, number)
            for question in openai_dialect.completion_questions(body)
        ]
        said = Answer(
            parts[0].model,
            tuple(choice for part in parts for choice in part.choices),
            sum(part.input_tokens for part in parts),
        )
        state.settle(said)
        logprobs = body.get("logprobs") is not None
        envelope = _envelope("cmpl", number, said)
        if not body.get("stream"):
            whole = openai_dialect.text_completion(said, envelope, logprobs=logprobs)
            return await _whole(request, state, said, whole)
        events = openai_dialect.text_events(
            said, envelope, logprobs=logprobs, include_usage=_wants_usage(body)
        )
        return _stream(state, number, events, openai_dialect.sse(error(500, "simulated")))

    @app.post("/v1/embeddings")
    async def embeddings(request: Request) -> Response:
        if failed := await fault(request, state, error):
            return failed
        try:
            body = await _body(request)
            vectors = openai_dialect.embeddings(body, state.config.embedding_dimensions)
        except BadQuestion as bad:
            return JSONResponse(error(400, str(bad)), 400)
        tokens = object_at(vectors, "usage")["prompt_tokens"]
        assert isinstance(tokens, int)
        said = Answer("", (), tokens)
        state.settle(said)
        return await _whole(request, state, said, vectors)


def _add_anthropic(app: FastAPI, state: SimulatorState) -> None:
    error = anthropic_dialect.error

    @app.post("/v1/messages")
    async def messages(request: Request) -> Response:
        if failed := await fault(request, state, error):
            return failed
        number = _number(request)
        try:
            body = await _body(request)
            said = answer(anthropic_dialect.message_question(body), state.config, number)
        except BadQuestion as bad:
            return JSONResponse(error(400, str(bad)), 400)
        state.settle(said)
        message_id = f"msg_sim_{number}"
        if not body.get("stream"):
            whole = anthropic_dialect.message(said, message_id)
            return await _whole(request, state, said, whole)
        events = anthropic_dialect.message_events(said, message_id)
        return _stream(state, number, events, anthropic_dialect.event(error(529, "simulated")))


def _add_controls(app: FastAPI, state: SimulatorState) -> None:
    @app.get("/simulator/config")
    async def read_config() -> SimulatorConfig:
        return state.config

    @app.put("/simulator/config")
    async def write_config(config: SimulatorConfig) -> SimulatorConfig:
        if config.record != state.config.record:
            raise HTTPException(409, "recording is switched at the start only; restart with it")
        state.config = config
        return config

    @app.get("/simulator/requests")
    async def read_requests() -> Response:
        if not state.config.record:
            raise HTTPException(409, "nothing is recorded; start with record: true")
        return JSONResponse([arrival.as_json() for arrival in state.recorder.arrivals])

    @app.delete("/simulator/requests")
    async def forget_requests() -> Response:
        state.recorder.arrivals.clear()
        return Response(status_code=204)

    @app.get("/simulator/usage")
    async def read_usage() -> Response:
        return JSONResponse(state.usage())


async def _body(request: Request) -> JsonObject:
    try:
        body = json.loads(await request.body())
    except ValueError:
        body = None
    if not isinstance(body, dict):
        raise BadQuestion("the body must be a JSON object")
    return body


async def _whole(
    request: Request, state: SimulatorState, said: Answer, body: JsonObject
) -> Response:
    await asyncio.sleep(Pace(state.config, _number(request)).whole_s(said.output_tokens))
    request.scope[ARRIVAL_KEY].tokens_sent = said.output_tokens
    return JSONResponse(body)


def _stream(
    state: SimulatorState,
    number: int,
    events: openai_dialect.Events,
    error_event: bytes,
) -> Response:
    pace = Pace(state.config, number)
    return PacedStream(events, pace=pace, config=state.config, error_event=error_event)


def _envelope(prefix: str, number: int, said: Answer) -> JsonObject:
    return {"id": f"{prefix}-sim-{number}", "created": int(time.time()), "model": said.model}


def _wants_usage(body: JsonObject) -> bool:
    return object_at(body, "stream_options").get("include_usage") is True


def _number(request: Request) -> int:
    number: int = request.scope[ARRIVAL_KEY].number
    return number
