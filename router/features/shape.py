"""What the form of a request tells, whatever is written in it. Pure; reads the body once."""

from __future__ import annotations

from dataclasses import dataclass

from router.domain import Json, JsonObject
from router.task import AnswerFormat

_MAX_TOKENS = 2**31
_FORMATS = {each.value: each for each in AnswerFormat}


@dataclass(frozen=True, slots=True)
class Shape:
    """`turns` counts messages of the user; 1 for what is no chat.

    `goes_on` is true where somebody has answered before: a message of an assistant or a tool.
    `in_tool_loop` is true where the last message is a tool's result.
    """

    answer_format: AnswerFormat = AnswerFormat.TEXT
    max_output_tokens: int | None = None
    has_tools: bool = False
    in_tool_loop: bool = False
    goes_on: bool = False
    turns: int = 1


def shape_of(body: JsonObject) -> Shape:
    messages = [each for each in _list(body.get("messages")) if isinstance(each, dict)]
    roles = [each.get("role") for each in messages]
    return Shape(
        answer_format=_format(body.get("response_format")),
        max_output_tokens=_most(body),
        has_tools=bool(body.get("tools") or body.get("functions")),
        in_tool_loop=bool(roles) and roles[-1] in ("tool", "function"),
        goes_on=any(role in ("assistant", "tool", "function") for role in roles),
        turns=max(1, roles.count("user")),
    )


def _format(said: Json) -> AnswerFormat:
    kind = said.get("type") if isinstance(said, dict) else None
    return _FORMATS.get(kind, AnswerFormat.TEXT) if isinstance(kind, str) else AnswerFormat.TEXT


def _most(body: JsonObject) -> int | None:
    asked = [body.get("max_completion_tokens"), body.get("max_tokens")]
    counts = [each for each in asked if isinstance(each, int) and not isinstance(each, bool)]
    return min(max(counts), _MAX_TOKENS) if counts else None


def _list(value: Json) -> list[Json]:
    return value if isinstance(value, list) else []
