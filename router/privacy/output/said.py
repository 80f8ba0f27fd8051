"""Reading and rewriting what an answer says, wherever in its choices it stands. Pure.

Under `mask` and `stop` only fields that are known to hold no text of the answer go on beside it:
log probabilities, token ids and whatever else a server adds may repeat what is masked.
"""

from __future__ import annotations

from collections.abc import Iterator

from router.domain import Json, JsonObject

NOT_SAID = frozenset({"role", "type", "id", "index"})
"""Words of the dialect below a message, and ids, which only their maker can read."""
ENVELOPE = ("id", "object", "created", "model", "system_fingerprint", "service_tier")
_CHOICE_FIELDS = frozenset({"index", "finish_reason", "stop_reason"})


def choices_of(event: JsonObject) -> list[JsonObject]:
    choices = event.get("choices")
    found = choices if isinstance(choices, list) else []
    return [choice for choice in found if isinstance(choice, dict)]


def index_of(choice: JsonObject, position: int) -> int:
    index = choice.get("index", position)
    return index if isinstance(index, int) else position


def bare_event(event: JsonObject) -> JsonObject:
    """The event without its choices and without what could hold text."""
    return {key: event[key] for key in (*ENVELOPE, "usage") if key in event}


def bare_choice(choice: JsonObject) -> JsonObject:
    """The choice without what it says and without what could hold text."""
    bare = {key: value for key, value in choice.items() if key in _CHOICE_FIELDS}
    if "logprobs" in choice:
        bare["logprobs"] = None
    return bare


def texts_in(value: Json, place: str = "") -> Iterator[tuple[str, str]]:
    """Every string below `value` with its place, but for words of the dialect."""
    if isinstance(value, str):
        if value:
            yield place, value
    elif isinstance(value, dict):
        for key, below in value.items():
            if key not in NOT_SAID:
                yield from texts_in(below, f"{place}.{key}")
    elif isinstance(value, list):
        for position, below in enumerate(value):
            index = below.get("index", position) if isinstance(below, dict) else position
            yield from texts_in(below, f"{place}.{index}")


def with_texts(value: Json, texts: Iterator[str]) -> Json:
    """The same value with each of its strings, in the order of `texts_in`, replaced by the next."""
    if isinstance(value, str):
        return next(texts) if value else value
    if isinstance(value, dict):
        return {
            key: below if key in NOT_SAID else with_texts(below, texts)
            for key, below in value.items()
        }
    if isinstance(value, list):
        return [with_texts(below, texts) for below in value]
    return value
