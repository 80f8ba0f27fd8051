"""Anthropic's Messages API: the canonical (OpenAI) dialect there, whole answers back.

Streams are in `anthropic_stream.py`.
"""

from __future__ import annotations

import json

from router.dialects.openai import SERVER_FIELDS, STEERING_FIELDS
from router.dialects.wire import (
    Rendered,
    canonical_json,
    count_at,
    object_at,
    objects_at,
    text_at,
)
from router.domain import Endpoint, InferenceRequest, Json, JsonObject, ModelSpec
from router.errors import InvalidRequest, MissingCapability

DEFAULT_MAX_TOKENS = 4096
"""Anthropic requires a limit and OpenAI does not."""

FINISH_REASONS = {
    "end_turn": "stop",
    "stop_sequence": "stop",
    "pause_turn": "stop",
    "max_tokens": "length",
    "model_context_window_exceeded": "length",
    "tool_use": "tool_calls",
    "refusal": "content_filter",
}

_TRANSLATED = frozenset(
    {
        "max_completion_tokens",
        "max_tokens",
        "messages",
        "model",
        "parallel_tool_calls",
        "stop",
        "stream",
        "stream_options",
        "temperature",
        "tool_choice",
        "tools",
        "top_p",
    }
)
# Values that ask for what happens anyway: leaving them out loses nothing worth naming.
_NO_OPS: dict[str, tuple[Json, ...]] = {
    "n": (1,),
    "logprobs": (False,),
    "response_format": ({"type": "text"},),
    "frequency_penalty": (0,),
    "presence_penalty": (0,),
}
_TOOL_CHOICES: dict[Json, str] = {"auto": "auto", "none": "none", "required": "any"}


def render(
    request: InferenceRequest, model: ModelSpec, *, cache_salt: str | None = None
) -> Rendered:
    """The exact bytes for `/v1/messages`. `cache_salt` has no counterpart and is not sent.

    Raises InvalidRequest for tool arguments that are not JSON, and MissingCapability for what the
    API has no words for and cannot be left out without changing the question (images, embeddings).
    """
    if request.endpoint is not Endpoint.CHAT:
        raise MissingCapability(f"{model.id} has no {request.endpoint.value}; use chat/completions")
    source = request.body
    system, messages = _messages(objects_at(source, "messages"))
    limit = source.get("max_completion_tokens") or source.get("max_tokens") or DEFAULT_MAX_TOKENS
    body: JsonObject = {"model": model.upstream_model, "max_tokens": limit, "messages": messages}
    if system:
        body["system"] = system
    dropped = _sampling(source, body) + _tools(source, body)
    if request.stream:
        body["stream"] = True

    passed = model.accepts_fields - SERVER_FIELDS - STEERING_FIELDS - _TRANSLATED - body.keys()
    for name, value in source.items():
        if name in passed:
            body[name] = value
        elif name not in _TRANSLATED and value is not None and value not in _NO_OPS.get(name, ()):
            dropped.append(name)
    return Rendered(
        path=f"{model.base_path}/v1/messages",
        body=canonical_json(body),
        dropped_fields=tuple(dropped),
    )


def completion_from_anthropic(message: JsonObject, *, created_s: int = 0) -> JsonObject:
    """A message as OpenAI's `chat.completion`. `created_s` is seconds since the epoch.

    Raises ValueError for an object that is not a message.
    """
    if message.get("type") != "message" or not isinstance(message.get("content"), list):
        raise ValueError("not a message")
    blocks = objects_at(message, "content")
    calls: list[Json] = [
        {
            "id": text_at(block, "id"),
            "type": "function",
            "function": {
                "name": text_at(block, "name"),
                "arguments": json.dumps(block.get("input") or {}, ensure_ascii=False),
            },
        }
        for block in blocks
        if block.get("type") == "tool_use"
    ]
    text = "".join(text_at(block, "text") for block in blocks if block.get("type") == "text")
    answer: JsonObject = {"role": "assistant", "content": text or (None if calls else "")}
    if calls:
        answer["tool_calls"] = calls
    return {
        "id": text_at(message, "id"),
        "object": "chat.completion",
        "created": created_s,
        "model": text_at(message, "model"),
        "choices": [
            {
                "index": 0,
                "message": answer,
                "logprobs": None,
                "finish_reason": FINISH_REASONS.get(text_at(message, "stop_reason"), "stop"),
            }
        ],
        "usage": usage_from_anthropic(object_at(message, "usage")),
    }


def usage_from_anthropic(usage: JsonObject) -> JsonObject:
    """Anthropic counts cached input apart; OpenAI's `prompt_tokens` has all of it."""
    cached = count_at(usage, "cache_read_input_tokens")
    prompt = (
        count_at(usage, "input_tokens") + cached + count_at(usage, "cache_creation_input_tokens")
    )
    completion = count_at(usage, "output_tokens")
    return {
        "prompt_tokens": prompt,
        "completion_tokens": completion,
        "total_tokens": prompt + completion,
        "prompt_tokens_details": {"cached_tokens": cached},
    }


def _messages(source: list[JsonObject]) -> tuple[str, list[Json]]:
    """System text, and turns that alternate: neighbours of one role become one turn."""
    system: list[str] = []
    turns: list[tuple[str, list[Json]]] = []
    for index, message in enumerate(source):
        role, blocks = message.get("role"), _text_blocks(message.get("content"), index)
        if role in ("system", "developer"):
            system += [text_at(block, "text") for block in blocks]
            continue
        if role == "tool":
            tool_call_id = text_at(message, "tool_call_id")
            role, blocks = (
                "user",
                [{"type": "tool_result", "tool_use_id": tool_call_id, "content": blocks}],
            )
        elif role == "assistant":
            blocks = blocks + _tool_uses(message, index)
        elif role != "user":
            raise InvalidRequest(f"messages[{index}].role has no counterpart", "messages")
        if not blocks:
            continue
        if not turns or turns[-1][0] != role:
            turns.append((str(role), []))
        turns[-1][1].extend(blocks)
    if system and not turns:
        # Anthropic answers only to a turn of the user's.
        return "", [{"role": "user", "content": "\n\n".join(system)}]
    return "\n\n".join(system), [{"role": role, "content": blocks} for role, blocks in turns]


def _text_blocks(content: Json, index: int) -> list[Json]:
    """Empty text is left out: Anthropic refuses it."""
    if isinstance(content, str):
        content = [{"type": "text", "text": content}]
    blocks: list[Json] = []
    for part in content if isinstance(content, list) else []:
        kind = part.get("type") if isinstance(part, dict) else None
        if kind not in ("text", "refusal"):
            raise MissingCapability(
                f"messages[{index}] has content that is not text; send text parts", "messages"
            )
        text = text_at(part, str(kind))
        if text:
            blocks.append({"type": "text", "text": text})
    return blocks


def _tool_uses(message: JsonObject, index: int) -> list[Json]:
    blocks: list[Json] = []
    for number, call in enumerate(objects_at(message, "tool_calls")):
        function = object_at(call, "function")
        blocks.append(
            {
                "type": "tool_use",
                "id": text_at(call, "id"),
                "name": text_at(function, "name"),
                "input": _arguments(text_at(function, "arguments"), index, number),
            }
        )
    return blocks


def _arguments(text: str, index: int, number: int) -> JsonObject:
    try:
        arguments = json.loads(text or "{}")
    except (ValueError, RecursionError):
        arguments = None
    if isinstance(arguments, dict):
        return arguments
    # Outside of the handler: a JSONDecodeError in the context holds the text (I6).
    place = f"messages[{index}].tool_calls[{number}].function.arguments"
    raise InvalidRequest(f"{place} is not a JSON object", "messages")


def _sampling(source: JsonObject, body: JsonObject) -> list[str]:
    dropped: list[str] = []
    temperature, top_p, stop = source.get("temperature"), source.get("top_p"), source.get("stop")
    if isinstance(temperature, int | float):
        body["temperature"] = min(max(temperature, 0.0), 1.0)
    if top_p is not None:
        # Current models refuse a request that has both.
        if "temperature" in body:
            dropped.append("top_p")
        else:
            body["top_p"] = top_p
    if stop is not None:
        wanted = [stop] if isinstance(stop, str) else stop if isinstance(stop, list) else []
        # Anthropic refuses a sequence of white space alone.
        kept: list[Json] = [text for text in wanted if isinstance(text, str) and text.strip()]
        if kept:
            body["stop_sequences"] = kept
        if len(kept) < len(wanted):
            dropped.append("stop")
    return dropped


def _tools(source: JsonObject, body: JsonObject) -> list[str]:
    dropped: list[str] = []
    tools: list[Json] = []
    for index, tool in enumerate(objects_at(source, "tools")):
        # What the provider would run by itself sends text of the request on to others.
        if tool.get("type") != "function":
            dropped.append(f"tools[{index}]")
            continue
        function = object_at(tool, "function")
        rendered: JsonObject = {
            "name": text_at(function, "name"),
            "input_schema": object_at(function, "parameters")
            or {"type": "object", "properties": {}},
        }
        if text_at(function, "description"):
            rendered["description"] = text_at(function, "description")
        tools.append(rendered)
    if not tools:
        return dropped
    body["tools"] = tools
    choice = source.get("tool_choice")
    chosen: JsonObject = {"type": "auto"}
    if isinstance(choice, str):
        chosen = {"type": _TOOL_CHOICES.get(choice, "auto")}
    elif isinstance(choice, dict) and choice.get("type") == "function":
        chosen = {"type": "tool", "name": text_at(object_at(choice, "function"), "name")}
    if source.get("parallel_tool_calls") is False and chosen["type"] != "none":
        chosen["disable_parallel_tool_use"] = True
    if choice is not None or len(chosen) > 1:
        body["tool_choice"] = chosen
    return dropped
