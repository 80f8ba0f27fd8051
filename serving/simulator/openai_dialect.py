"""OpenAI's wire format for questions and answers. Pure."""

from __future__ import annotations

import base64
import hashlib
import json
import random
import struct
from collections.abc import Iterator
from typing import TypeAlias

from router.dialects.wire import object_at, objects_at, text_at
from router.domain import Json, JsonObject
from serving.simulator.answers import Answer, Choice, Question, Tool

DONE = b"data: [DONE]\n\n"

Events: TypeAlias = Iterator[tuple[int, bytes]]
"""Pairs of how many tokens an event carries and its bytes, in order."""


class BadQuestion(Exception):
    """The request is not one of this API's; the message names the field."""


def chat_question(body: JsonObject) -> Question:
    messages = objects_at(body, "messages")
    if not messages:
        raise BadQuestion("messages must be a list that is not empty")
    last = messages[-1]
    choice = body.get("tool_choice")
    must_call = "*" if choice == "required" else text_at(object_at(choice, "function"), "name")
    response_format = object_at(body, "response_format")
    schema: JsonObject | None = None
    if response_format.get("type") == "json_schema":
        schema = object_at(response_format, "json_schema", "schema")
    elif response_format.get("type") == "json_object":
        schema = {"type": "object"}
    tools = [object_at(tool, "function") for tool in objects_at(body, "tools")]
    return Question(
        model=text_at(body, "model"),
        last_text="" if last.get("role") == "tool" else content_text(last.get("content")),
        input_characters=sum(len(json.dumps(m, ensure_ascii=False)) for m in messages),
        tools=()
        if choice == "none"
        else tuple(Tool(text_at(t, "name"), object_at(t, "parameters")) for t in tools),
        must_call=must_call or None,
        schema=schema,
        max_tokens=optional_integer(body, "max_completion_tokens")
        or optional_integer(body, "max_tokens"),
        stops=_stops(body.get("stop")),
        choices=optional_integer(body, "n") or 1,
        seed=optional_integer(body, "seed"),
    )


def completion_questions(body: JsonObject) -> list[Question]:
    """One question per prompt; a prompt in token ids has no text."""
    prompt = body.get("prompt")
    prompts = prompt if isinstance(prompt, list) and prompt else [prompt]
    if isinstance(prompts[0], int):
        prompts = [""]
    return [
        Question(
            model=text_at(body, "model"),
            last_text=text if isinstance(text, str) else "",
            input_characters=len(text) if isinstance(text, str) else 0,
            max_tokens=optional_integer(body, "max_tokens"),
            stops=_stops(body.get("stop")),
            choices=optional_integer(body, "n") or 1,
            seed=optional_integer(body, "seed"),
        )
        for text in prompts
    ]


def usage(answer: Answer) -> JsonObject:
    return {
        "prompt_tokens": answer.input_tokens,
        "completion_tokens": answer.output_tokens,
        "total_tokens": answer.input_tokens + answer.output_tokens,
    }


def chat_completion(answer: Answer, envelope: JsonObject, *, logprobs: bool) -> JsonObject:
    choices: list[Json] = []
    for index, choice in enumerate(answer.choices):
        message: JsonObject = {"role": "assistant", "content": choice.text, "refusal": None}
        if choice.tool_call:
            message |= {"content": None, "tool_calls": [_tool_call(choice, "".join(choice.tokens))]}
        choices.append(
            {
                "index": index,
                "message": message,
                "logprobs": _chat_logprobs(choice.tokens, answer.logprob) if logprobs else None,
                "finish_reason": choice.finish,
            }
        )
    return {
        **envelope,
        "object": "chat.completion",
        "choices": choices,
        "usage": usage(answer),
    }


def chat_events(
    answer: Answer, envelope: JsonObject, *, logprobs: bool, include_usage: bool
) -> Events:
    envelope = {**envelope, "object": "chat.completion.chunk"}

    def event(index: int, delta: JsonObject, finish: str | None, probabilities: Json) -> bytes:
        choice: JsonObject = {
            "index": index,
            "delta": delta,
            "logprobs": probabilities,
            "finish_reason": finish,
        }
        return sse({**envelope, "choices": [choice]})

    for index, choice in enumerate(answer.choices):
        first: JsonObject = {"role": "assistant", "content": None if choice.tool_call else ""}
        yield 0, event(index, first, None, None)
        if choice.tool_call:
            call = {"index": 0, **_tool_call(choice, "")}
            yield 0, event(index, {"tool_calls": [call]}, None, None)
    for position in range(max(len(choice.tokens) for choice in answer.choices)):
        for index, choice in enumerate(answer.choices):
            if position >= len(choice.tokens):
                continue
            token = choice.tokens[position]
            grown: JsonObject = {"content": token}
            if choice.tool_call:
                grown = {"tool_calls": [{"index": 0, "function": {"arguments": token}}]}
            said = _chat_logprobs((token,), answer.logprob) if logprobs else None
            yield 1, event(index, grown, None, said)
    for index, choice in enumerate(answer.choices):
        yield 0, event(index, {}, choice.finish, None)
    if include_usage:
        yield 0, sse({**envelope, "choices": [], "usage": usage(answer)})
    yield 0, DONE


def text_completion(answer: Answer, envelope: JsonObject, *, logprobs: bool) -> JsonObject:
    choices: list[Json] = [
        _text_choice(
            index, choice.text, choice.finish, choice.tokens if logprobs else None, answer.logprob
        )
        for index, choice in enumerate(answer.choices)
    ]
    return {**envelope, "object": "text_completion", "choices": choices, "usage": usage(answer)}


def text_events(
    answer: Answer, envelope: JsonObject, *, logprobs: bool, include_usage: bool
) -> Events:
    envelope = {**envelope, "object": "text_completion"}
    for index, choice in enumerate(answer.choices):
        for token in choice.tokens:
            shown = (token,) if logprobs else None
            said = _text_choice(index, token, None, shown, answer.logprob)
            yield 1, sse({**envelope, "choices": [said]})
        yield 0, sse({**envelope, "choices": [_text_choice(index, "", choice.finish, None)]})
    if include_usage:
        yield 0, sse({**envelope, "choices": [], "usage": usage(answer)})
    yield 0, DONE


def embeddings(body: JsonObject, default_dimensions: int) -> JsonObject:
    """Vectors of length 1 that depend on model and input alone."""
    source = body.get("input")
    if source in (None, "", []):
        raise BadQuestion("input must not be empty")
    inputs = source if isinstance(source, list) and not isinstance(source[0], int) else [source]
    dimensions = optional_integer(body, "dimensions") or default_dimensions
    data: list[Json] = []
    tokens = 0
    for index, item in enumerate(inputs):
        text = item if isinstance(item, str) else json.dumps(item)
        tokens += len(text) // 4 + 1
        vector = _vector(f"{body.get('model')}/{text}", dimensions)
        encoded: Json = list(vector)
        if body.get("encoding_format") == "base64":
            encoded = base64.b64encode(struct.pack(f"<{dimensions}f", *vector)).decode()
        data.append({"object": "embedding", "index": index, "embedding": encoded})
    return {
        "object": "list",
        "data": data,
        "model": text_at(body, "model"),
        "usage": {"prompt_tokens": tokens, "total_tokens": tokens},
    }


def error(status: int, message: str) -> JsonObject:
    kind = {401: "authentication_error", 429: "rate_limit_exceeded"}.get(status, "server_error")
    return {"error": {"message": message, "type": kind, "param": None, "code": kind}}


def sse(data: JsonObject) -> bytes:
    return b"data: " + json.dumps(data, separators=(",", ":")).encode() + b"\n\n"


def content_text(content: Json) -> str:
    """The text of a string or of text parts; what is not text counts as nothing."""
    if isinstance(content, str):
        return content
    parts = content if isinstance(content, list) else []
    return "\n".join(text_at(part, "text") for part in parts)


def optional_integer(body: JsonObject, name: str) -> int | None:
    value = body.get(name)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _stops(stop: Json) -> tuple[str, ...]:
    stops = [stop] if isinstance(stop, str) else stop if isinstance(stop, list) else []
    return tuple(text for text in stops if isinstance(text, str))


def _tool_call(choice: Choice, arguments: str) -> JsonObject:
    assert choice.tool_call is not None
    function: JsonObject = {"name": choice.tool_call.name, "arguments": arguments}
    return {"id": choice.tool_call.id, "type": "function", "function": function}


def _text_choice(
    index: int,
    text: str,
    finish: str | None,
    shown: tuple[str, ...] | None,
    logprob: float | None = None,
) -> JsonObject:
    logprobs: Json = None
    if shown is not None:
        logprobs = {
            "tokens": list(shown),
            "token_logprobs": [_logprob(token, logprob) for token in shown],
            "top_logprobs": None,
            "text_offset": [sum(map(len, shown[:number])) for number in range(len(shown))],
        }
    return {"index": index, "text": text, "logprobs": logprobs, "finish_reason": finish}


def _chat_logprobs(tokens: tuple[str, ...], logprob: float | None) -> JsonObject:
    content: list[Json] = [
        {
            "token": token,
            "logprob": _logprob(token, logprob),
            "bytes": list(token.encode("utf-8", "replace")),
            "top_logprobs": [],
        }
        for token in tokens
    ]
    return {"content": content, "refusal": None}


def _logprob(token: str, fixed: float | None) -> float:
    if fixed is not None:
        return fixed
    return -(hashlib.sha256(token.encode("utf-8", "replace")).digest()[0] + 1) / 256


def _vector(seed: str, dimensions: int) -> list[float]:
    rng = random.Random(seed)  # noqa: S311 - no secret is drawn
    values = [rng.gauss(0, 1) for _ in range(dimensions)]
    norm = sum(value * value for value in values) ** 0.5
    return [value / norm for value in values]
