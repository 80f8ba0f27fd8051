"""Messages → a chat body, with the place of every identifier in its text."""

from __future__ import annotations

import json
from dataclasses import dataclass, field

from benchmarks.privacy.generated.compose import Composed, join
from benchmarks.privacy.generated.item import chat_body
from router.domain import Json, JsonObject


@dataclass(frozen=True, slots=True)
class Message:
    """`parts` are content parts where there is more than one. A message with `tool` is a call of
    it, with `parts[0]` for its arguments (JSON); one with `answers` is the result of that call.
    """

    role: str
    parts: tuple[Composed, ...] = field(repr=False)
    tool: str = ""
    answers: str = ""
    call_id: str = ""


@dataclass(frozen=True, slots=True)
class Made:
    body: JsonObject = field(repr=False)
    content: Composed = field(repr=False)


def make_body(messages: list[Message], tools: list[JsonObject] | None = None) -> Made:
    """`content` is `joined_text(body)`, with spans."""
    body = chat_body([_message(message) for message in messages])
    if tools:
        body["tools"] = list[Json](tools)
    parts = [part for message in messages for part in message.parts]
    return Made(body, join("\n", parts))


def user(content: Composed) -> Message:
    return Message("user", (content,))


def said(role: str, text: str) -> Message:
    return Message(role, (Composed(text),))


def _message(message: Message) -> JsonObject:
    if message.tool:
        function: JsonObject = {"name": message.tool, "arguments": message.parts[0].text}
        call: JsonObject = {"id": message.call_id, "type": "function", "function": function}
        return {"role": message.role, "content": None, "tool_calls": [call]}
    if message.answers:
        return {"role": "tool", "tool_call_id": message.answers, "content": message.parts[0].text}
    if len(message.parts) == 1:
        return {"role": message.role, "content": message.parts[0].text}
    parts: list[Json] = [{"type": "text", "text": part.text} for part in message.parts]
    return {"role": message.role, "content": parts}


def tool(name: str, description: str, *parameters: str) -> JsonObject:
    """A tool definition whose parameters are all strings."""
    properties: JsonObject = {name: {"type": "string"} for name in parameters}
    schema: JsonObject = {"type": "object", "properties": properties}
    function: JsonObject = {"name": name, "description": description, "parameters": schema}
    return {"type": "function", "function": function}


def arguments(**values: str) -> Composed:
    return Composed(json.dumps(values, ensure_ascii=False))
