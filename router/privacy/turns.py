"""What was said in each turn, as text; the same for `"a"` and for one content part with `"a"`."""

from __future__ import annotations

from router.domain import Json, JsonObject
from router.privacy.normalise import canonical_json


def last_turn(body: JsonObject) -> str:
    """The turn that an answer to `body` follows: the last message with any text, or the prompt."""
    if "messages" in body:
        turns = (turn_text(message) for message in reversed(messages_of(body)))
        return next((turn for turn in turns if turn), "")
    prompt = body.get("prompt")
    return prompt if isinstance(prompt, str) else turn_text({"content": prompt})


def messages_of(body: JsonObject) -> list[JsonObject]:
    messages = body.get("messages")
    if not isinstance(messages, list):
        return []
    return [message for message in messages if isinstance(message, dict)]


def message_texts(message: JsonObject) -> list[str]:
    """The content, or each text part of it, and the arguments of each tool call."""
    texts: list[str] = []
    content = message.get("content")
    if isinstance(content, str):
        texts.append(content)
    elif isinstance(content, list):
        texts.extend(text for text in map(_part_text, content) if text is not None)
    calls = message.get("tool_calls")
    for call in calls if isinstance(calls, list) else []:
        function = call.get("function") if isinstance(call, dict) else None
        arguments = function.get("arguments") if isinstance(function, dict) else None
        if isinstance(arguments, str):
            texts.append(arguments)
    return texts


def turn_text(message: JsonObject) -> str:
    """One text for a turn, whatever it is made of; empty only if nothing was said in it."""
    texts = [text for text in message_texts(message) if text and not text.isspace()]
    content = message.get("content")
    for part in content if isinstance(content, list) else []:
        if _part_text(part) is None:
            try:
                texts.append(canonical_json(part))
            except RecursionError:
                texts.append("nested too deeply")
    return "\n".join(texts)


def _part_text(part: Json) -> str | None:
    if isinstance(part, str):
        return part
    text = part.get("text") if isinstance(part, dict) else None
    return text if isinstance(text, str) else None
