"""The engine's answers in OpenAI's dialect, and its errors as ours. Knows neither Ray nor vLLM."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any, TypeVar, cast

from router.domain import Json, JsonObject
from router.errors import (
    BackendBroken,
    BackendFailure,
    BackendOverloaded,
    BackendRejected,
    BackendTimeout,
)

_T = TypeVar("_T")

# What OpenAI's schema has; the engine adds token ids, cache transfer parameters and more.
_TOP = {"id", "object", "created", "model", "choices", "data", "usage", "system_fingerprint"}
_CHOICE = {"index", "message", "delta", "text", "logprobs", "finish_reason"}
_MESSAGE = {"role", "content", "refusal", "tool_calls"}
_TOOL_CALL = {"index", "id", "type", "function"}
_USAGE = {"prompt_tokens", "completion_tokens", "total_tokens", "prompt_tokens_details"}
_TOO_BUSY = {429, 503}


async def answers_until(timeout_s: float, outputs: AsyncIterator[_T]) -> AsyncIterator[_T]:
    """The engine's outputs, server-sent events taken apart, up to `[DONE]` or the deadline.

    The deadline bounds the engine's work and not the consumer's: no scope is open across a yield.
    Raises BackendTimeout, and BackendBroken for an event that is not JSON.
    """
    told = f"the engine took longer than {timeout_s:g} s"
    deadline_s = asyncio.get_running_loop().time() + timeout_s
    while True:
        try:
            async with asyncio.timeout_at(deadline_s) as scope:
                output = await anext(outputs)
        except StopAsyncIteration:
            return
        except TimeoutError:
            raise BackendTimeout(told) from None
        # The engine makes an error response of being cancelled, and so swallows it.
        if scope.expired():
            raise BackendTimeout(told)
        if (task := asyncio.current_task()) is not None and task.cancelling():
            raise asyncio.CancelledError
        if not isinstance(output, str):
            yield output
            continue
        for event in events_of(output):
            yield cast(_T, event)


def events_of(text: str) -> list[JsonObject]:
    """The JSON objects of some server-sent events. Raises the failure that an event reports."""
    events: list[JsonObject] = []
    for line in text.splitlines():
        if not line.startswith("data:"):
            continue
        data = line.removeprefix("data:").strip()
        if data == "[DONE]":
            break
        try:
            event = json.loads(data)
        except ValueError:
            raise BackendBroken("the engine sent an event that is not JSON") from None
        if isinstance(error := event.get("error"), dict):
            raise refusal(error.get("code"), error.get("type"))
        events.append(event)
    return events


def refusal(code: Any, kind: Any) -> BackendFailure:
    """One of the engine's errors as ours. Its message stays behind: it may quote the prompt."""
    status = int(code) if str(code).isdigit() else 500
    told = f"the engine answered {status} {kind if str(kind).isidentifier() else ''}".rstrip()
    if status in _TOO_BUSY:
        return BackendOverloaded(told)
    return BackendRejected(told) if 400 <= status < 500 else BackendBroken(told)


def tidy(answer: dict[str, Any]) -> JsonObject:
    """A response or a chunk with OpenAI's fields alone."""
    kept = _only(answer, _TOP)
    if isinstance(choices := kept.get("choices"), list):
        kept["choices"] = [_choice(choice) for choice in choices]
    if isinstance(usage := kept.get("usage"), dict):
        kept["usage"] = _only(usage, _USAGE)
    elif usage is None:
        kept.pop("usage", None)
    return kept


def _choice(choice: dict[str, Any]) -> dict[str, Json]:
    kept = _only(choice, _CHOICE)
    for part in ("message", "delta"):
        if not isinstance(message := kept.get(part), dict):
            continue
        message = _only(message, _MESSAGE)
        calls = message.pop("tool_calls", None)
        if calls:
            message["tool_calls"] = [_only(call, _TOOL_CALL) for call in calls]
        kept[part] = message
    return kept


def _only(mapping: dict[str, Any], names: set[str]) -> dict[str, Any]:
    return {name: value for name, value in mapping.items() if name in names}
