"""The beginnings of what was written to the model, which is all that a task is told from. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field

from router.domain import Json, JsonObject
from router.features.rules import MAX_SYSTEM_CHARACTERS, MAX_USER_CHARACTERS

_INSTRUCTING = ("system", "developer")


@dataclass(frozen=True, slots=True)
class AskedTexts:
    """At most MAX_SYSTEM_CHARACTERS and MAX_USER_CHARACTERS. In memory only (I6)."""

    system: str = field(default="", repr=False)
    user: str = field(default="", repr=False)


def asked_texts(body: JsonObject) -> AskedTexts:
    """Of a chat: the first system message and the last of the user; else the (first) prompt."""
    messages = body.get("messages")
    if not isinstance(messages, list):
        prompt = body.get("prompt")
        first = prompt[0] if isinstance(prompt, list) and prompt else prompt
        return AskedTexts(user=_beginning(first, MAX_USER_CHARACTERS))
    system = next((each for each in messages if _role(each) in _INSTRUCTING), None)
    user = next((each for each in reversed(messages) if _role(each) == "user"), None)
    return AskedTexts(
        system=_beginning(_content(system), MAX_SYSTEM_CHARACTERS),
        user=_beginning(_content(user), MAX_USER_CHARACTERS),
    )


def _role(message: Json) -> Json:
    return message.get("role") if isinstance(message, dict) else None


def _content(message: Json) -> Json:
    return message.get("content") if isinstance(message, dict) else None


def _beginning(content: Json, characters: int) -> str:
    """Text parts are joined by line breaks, as far as they are needed."""
    if isinstance(content, str):
        return content[:characters]
    pieces: list[str] = []
    left = characters
    for part in content if isinstance(content, list) else []:
        text = part.get("text") if isinstance(part, dict) else None
        if isinstance(text, str) and text and left > 0:
            pieces.append(text[:left])
            left -= len(text) + 1
    return "\n".join(pieces)
