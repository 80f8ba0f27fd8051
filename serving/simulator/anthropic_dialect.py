"""Anthropic's wire format for questions and answers. Pure."""

from __future__ import annotations

import json

from router.dialects.wire import object_at, objects_at, text_at
from router.domain import JsonObject
from serving.simulator.answers import Answer, Choice, Question, Tool
from serving.simulator.openai_dialect import BadQuestion, Events, content_text, optional_integer

_STOP_REASONS = {"stop": "end_turn", "length": "max_tokens", "tool_calls": "tool_use"}


def message_question(body: JsonObject) -> Question:
    messages = objects_at(body, "messages")
    max_tokens = optional_integer(body, "max_tokens")
    if not messages or messages[0].get("role") not in ("user", "assistant"):
        raise BadQuestion("messages must hold turns of user and assistant")
    if max_tokens is None:
        raise BadQuestion("max_tokens is required")
    choice = object_at(body, "tool_choice")
    must_call = {"any": "*", "tool": text_at(choice, "name")}.get(text_at(choice, "type"))
    stops = body.get("stop_sequences")
    tools = objects_at(body, "tools") if choice.get("type") != "none" else []
    content = messages[-1].get("content")
    answers_a_tool = any(
        block.get("type") == "tool_result" for block in objects_at(messages[-1], "content")
    )
    return Question(
        model=text_at(body, "model"),
        last_text="" if answers_a_tool else content_text(content),
        input_characters=len(json.dumps([body.get("system"), messages], ensure_ascii=False)),
        tools=tuple(Tool(text_at(t, "name"), object_at(t, "input_schema")) for t in tools),
        must_call=must_call,
        max_tokens=max_tokens,
        stops=tuple(s for s in stops if isinstance(s, str)) if isinstance(stops, list) else (),
    )


def message(answer: Answer, message_id: str) -> JsonObject:
    choice = answer.choices[0]
    block: JsonObject = {"type": "text", "text": choice.text}
    if choice.tool_call:
        block = _tool_use(choice, choice.tool_call.arguments)
    return {
        **_start(answer, message_id),
        "content": [block],
        "stop_reason": _STOP_REASONS[choice.finish],
        "usage": {"input_tokens": answer.input_tokens, "output_tokens": answer.output_tokens},
    }


def message_events(answer: Answer, message_id: str) -> Events:
    choice = answer.choices[0]
    yield 0, event({"type": "message_start", "message": _start(answer, message_id)})
    block: JsonObject = {"type": "text", "text": ""}
    if choice.tool_call:
        block = _tool_use(choice, {})
    yield 0, event({"type": "content_block_start", "index": 0, "content_block": block})
    yield 0, event({"type": "ping"})
    for token in choice.tokens:
        delta: JsonObject = {"type": "text_delta", "text": token}
        if choice.tool_call:
            delta = {"type": "input_json_delta", "partial_json": token}
        yield 1, event({"type": "content_block_delta", "index": 0, "delta": delta})
    yield 0, event({"type": "content_block_stop", "index": 0})
    ending: JsonObject = {"stop_reason": _STOP_REASONS[choice.finish], "stop_sequence": None}
    usage: JsonObject = {"output_tokens": answer.output_tokens}
    yield 0, event({"type": "message_delta", "delta": ending, "usage": usage})
    yield 0, event({"type": "message_stop"})


def error(status: int, text: str) -> JsonObject:
    kinds = {401: "authentication_error", 429: "rate_limit_error", 400: "invalid_request_error"}
    kinds |= {503: "overloaded_error", 529: "overloaded_error"}
    return {"type": "error", "error": {"type": kinds.get(status, "api_error"), "message": text}}


def event(data: JsonObject) -> bytes:
    name = text_at(data, "type").encode()
    return b"event: " + name + b"\ndata: " + json.dumps(data).encode() + b"\n\n"


def _start(answer: Answer, message_id: str) -> JsonObject:
    return {
        "id": message_id,
        "type": "message",
        "role": "assistant",
        "model": answer.model,
        "content": [],
        "stop_reason": None,
        "stop_sequence": None,
        "usage": {"input_tokens": answer.input_tokens, "output_tokens": 1},
    }


def _tool_use(choice: Choice, arguments: JsonObject) -> JsonObject:
    assert choice.tool_call is not None
    call = choice.tool_call
    return {"type": "tool_use", "id": call.id, "name": call.name, "input": arguments}
