"""What of a conversation only the model that said it can take back. Pure."""

from __future__ import annotations

import re

from router.domain import Json, JsonObject

_BOUND_FIELDS = ("thinking_blocks", "reasoning_content", "reasoning_details", "signature")
"""Of a message: what models thought, in the spellings of OpenAI-compatible servers, and what their
providers signed of it."""

_BOUND_PARTS = frozenset({"thinking", "redacted_thinking", "reasoning"})

_COMMON_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
"""An id of a tool call that every dialect of ours takes: Anthropic's pattern, OpenAI's length."""


def is_bound(body: JsonObject) -> bool:
    """Whether an earlier turn has in it what another model's provider refuses or does not know.

    Signed or encrypted reasoning, and ids of tool calls that not every provider takes.
    """
    messages = body.get("messages")
    return any(
        _has_bound_state(message)
        for message in (messages if isinstance(messages, list) else [])
        if isinstance(message, dict)
    )


def _has_bound_state(message: JsonObject) -> bool:
    return (
        any(message.get(name) for name in _BOUND_FIELDS)
        or any(_type(part) in _BOUND_PARTS for part in _list(message.get("content")))
        or any(
            isinstance(call, dict) and not _is_common(call.get("id"))
            for call in _list(message.get("tool_calls"))
        )
    )


def _type(part: Json) -> Json:
    kind = part.get("type") if isinstance(part, dict) else None
    return kind if isinstance(kind, str) else None


def _is_common(said: Json) -> bool:
    return isinstance(said, str) and _COMMON_ID.fullmatch(said) is not None


def _list(value: Json) -> list[Json]:
    return value if isinstance(value, list) else []
