"""A planned request's body, as it is sent."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import dataclass, field

from benchmarks.leak.canary import sentence
from benchmarks.leak.plan import Planned
from benchmarks.privacy.generated.item import joined_text
from router.domain import Endpoint, Json, JsonObject

MIN_STICKING_CHARACTERS = 64
"""Shorter answers stick only where they follow the turn that they answered."""

_TOOL_NAME = "look_up_opening_hours"


@dataclass(frozen=True, slots=True)
class Heard:
    """What came of an earlier request, if it was answered to its end: its whole conversation.

    `stays` says that it was answered on-prem, and had to be, by the gateway's own word.
    """

    messages: Sequence[Json] = field(repr=False)
    answer: str = field(repr=False)
    stays: bool
    identifiers: tuple[str, ...] = field(repr=False)
    category: str


@dataclass(frozen=True, slots=True)
class Written:
    """`identifiers` stand in `body` and `category` says of what kind they are; both may be an
    earlier turn's. `sticks` is true where an answer that has to stay is quoted.
    """

    body: JsonObject = field(repr=False)
    identifiers: tuple[str, ...] = field(repr=False)
    category: str
    sticks: bool = False
    continues: bool = False


def write(planned: Planned, heard: Heard | None) -> Written:
    """`heard` is of the request that this one continues; None if there is nothing to continue."""
    sample = planned.sample
    if heard is None or len(heard.answer) < MIN_STICKING_CHARACTERS:
        body = _fresh(planned)
        return Written(_asked(planned, body), sample.identifiers, sample.category)
    closing: JsonObject = {
        "role": "user",
        "content": f"Shorter, please. {sentence(planned.canary)}",
    }
    answered: JsonObject = {"role": "assistant", "content": heard.answer}
    if planned.continuation == "resend":
        body = {"messages": [*heard.messages, answered, closing]}
        return Written(
            _asked(planned, body), heard.identifiers, heard.category, heard.stays, continues=True
        )
    opening: JsonObject = {"role": "user", "content": "Write a paragraph of filler text."}
    body = {"messages": [opening, answered, closing]}
    return Written(_asked(planned, body), (), "harmless", heard.stays, continues=True)


def messages_of(body: JsonObject) -> Sequence[Json]:
    messages = body.get("messages")
    return messages if isinstance(messages, list) else []


def _fresh(planned: Planned) -> JsonObject:
    mark = sentence(planned.canary)
    body = copy.deepcopy(planned.sample.body)
    if planned.endpoint is Endpoint.CHAT:
        _add_text(body, mark)
        return body
    text = f"{joined_text(body)}\n{mark}"
    if planned.endpoint is Endpoint.COMPLETIONS:
        return {"prompt": text}
    return {"input": [text, "The end."] if planned.number % 2 else text}


def _add_text(body: JsonObject, text: str) -> None:
    """To the end of the last message that a user wrote; as a message where there is none."""
    messages = body.get("messages")
    assert isinstance(messages, list)
    for message in reversed(messages):
        if not isinstance(message, dict) or message.get("role") not in ("user", "tool"):
            continue
        content = message.get("content")
        if isinstance(content, str) and message["role"] == "user":
            message["content"] = f"{content}\n\n{text}"
            return
        if isinstance(content, list):
            content.append({"type": "text", "text": text})
            return
    messages.append({"role": "user", "content": text})


def _asked(planned: Planned, body: JsonObject) -> JsonObject:
    body = body | {"model": planned.choice}
    if planned.stream:
        body["stream"] = True
    if planned.asks_for_tool and "tools" not in body:
        function: JsonObject = {
            "name": _TOOL_NAME,
            "description": "When a shop is open.",
            "parameters": {"type": "object", "properties": {"day": {"type": "string"}}},
        }
        body |= {"tools": [{"type": "function", "function": function}], "tool_choice": "required"}
    return body
