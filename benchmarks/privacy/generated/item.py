"""One request of a set, and how it is written as a line of JSONL."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, TypeAlias, cast

from router.domain import Json, JsonObject

Category: TypeAlias = Literal["structured", "secret", "address", "person", "special", "mixed"]
"""What alone identifies somebody in a text; `mixed` where several kinds stand together."""

Subset: TypeAlias = Literal["main", "evasion", "agent_run"]


@dataclass(frozen=True, slots=True)
class Span:
    """`text[start:end]`, in characters, is an identifier of type `entity_type`."""

    start: int
    end: int
    entity_type: str
    text: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Item:
    """`text` is all strings of the messages in `body`, one after the other, a line break between.

    `message_strings(body)` says at which path each of them stands. `twin_of` names, on a harmless
    item, the one with identifiers that it is the like of; its category is the other's, since it has
    none itself.
    """

    id: str
    text: str = field(repr=False)
    lang: str
    spans: tuple[Span, ...]
    shape: str
    category: Category
    body: JsonObject = field(repr=False)
    subset: Subset = "main"
    evasion: str | None = None
    twin_of: str | None = None

    @property
    def has_pii(self) -> bool:
        return bool(self.spans)

    def as_json(self) -> JsonObject:
        """The shared format, with what this set knows beside it."""
        spans: list[Json] = [
            {"start": s.start, "end": s.end, "type": s.entity_type, "text": s.text}
            for s in self.spans
        ]
        return {
            "id": self.id,
            "text": self.text,
            "lang": self.lang,
            "has_pii": self.has_pii,
            "spans": spans,
            "shape": self.shape,
            "category": self.category,
            "subset": self.subset,
            "evasion": self.evasion,
            "twin_of": self.twin_of,
            "body": self.body,
        }


def chat_body(messages: list[JsonObject]) -> JsonObject:
    return {"model": "auto", "messages": cast(Json, messages)}


def message_strings(body: JsonObject) -> list[tuple[str, str]]:
    """(extraction path, string) of every content, text part and tool-call argument, in order."""
    strings: list[tuple[str, str]] = []
    messages = body.get("messages")
    for number, message in enumerate(messages if isinstance(messages, list) else []):
        if not isinstance(message, dict):
            continue
        path = f".messages[{number}]"
        content = message.get("content")
        if isinstance(content, str):
            strings.append((f"{path}.content", content))
        for index, part in enumerate(content if isinstance(content, list) else []):
            if isinstance(part, dict) and isinstance(part.get("text"), str):
                strings.append((f"{path}.content[{index}].text", cast(str, part["text"])))
        calls = message.get("tool_calls")
        for index, call in enumerate(calls if isinstance(calls, list) else []):
            function = call.get("function") if isinstance(call, dict) else None
            arguments = function.get("arguments") if isinstance(function, dict) else None
            if isinstance(arguments, str):
                strings.append((f"{path}.tool_calls[{index}].function.arguments", arguments))
    return strings


def joined_text(body: JsonObject) -> str:
    """What `Item.text` is for this body."""
    return "\n".join(text for _, text in message_strings(body))
