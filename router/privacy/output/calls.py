"""Tool calls in an answer, whole or growing, in the forms of OpenAI's dialect. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from router.dialects.wire import object_at, text_at
from router.domain import Json, JsonObject

CALL_FIELDS = ("tool_calls", "function_call")
_REPLACED = frozenset({"id", "type", "index"})


def calls_in(said: JsonObject) -> Iterator[JsonObject]:
    """Every call in a message or delta; the legacy one in the form of the others."""
    calls = said.get("tool_calls")
    for call in calls if isinstance(calls, list) else []:
        if isinstance(call, dict):
            yield call
    legacy = said.get("function_call")
    if isinstance(legacy, dict):
        yield {"function": legacy}


def name_of(call: JsonObject) -> str:
    return text_at(payload_of(call), "name")


def payload_of(call: JsonObject) -> JsonObject:
    """The name and arguments of a function, or of a custom tool, which calls them its input."""
    return object_at(call, "function") or object_at(call, "custom")


def has_begun(call: JsonObject) -> bool:
    """Whether any of the arguments is there, so that the name is whole."""
    return any(value for key, value in payload_of(call).items() if key != "name")


@dataclass(slots=True)
class _Growing:
    field_name: str
    call: JsonObject = field(repr=False)
    passes: bool = False


class GrowingCalls:
    """The calls of one choice of a stream: those that must not pass are kept until it ends.

    `holds` says of a name whether a call by it is kept. A call that passes does so as it comes,
    from when its name is known; one whose name goes on growing afterwards into one that is kept
    raises ValueError.
    """

    def __init__(self, holds: Callable[[str], bool]) -> None:
        self._holds = holds
        self._calls: dict[tuple[str, Json, int], _Growing] = {}
        self._times: dict[tuple[str, Json], int] = {}

    def take(self, delta: JsonObject) -> JsonObject:
        """What of the calls in `delta` goes on now, in the form of a delta."""
        passing: JsonObject = {}
        calls = delta.get("tool_calls")
        shown: list[Json] = []
        for position, call in enumerate(calls if isinstance(calls, list) else []):
            if isinstance(call, dict):
                shown += self._grow("tool_calls", call.get("index", position), call)
        if shown:
            passing["tool_calls"] = shown
        legacy = delta.get("function_call")
        if isinstance(legacy, dict):
            for call in self._grow("function_call", None, {"function": legacy}):
                passing["function_call"] = call["function"]
        return passing

    def kept(self) -> list[tuple[str, JsonObject]]:
        """The calls that did not pass, whole, each with the field that it belongs in."""
        return [
            (growing.field_name, growing.call)
            for growing in self._calls.values()
            if not growing.passes
        ]

    def clear(self) -> None:
        self._calls.clear()

    def _grow(self, field_name: str, index: Json, delta: JsonObject) -> list[JsonObject]:
        growing = self._slot(field_name, index, delta)
        merge(growing.call, delta)
        held = self._holds(name_of(growing.call))
        if growing.passes:
            if held:
                raise ValueError("a call's name went on after its arguments had begun")
            return [delta]
        if held or not has_begun(growing.call):
            return []
        growing.passes = True
        return [_copied(growing.call)]

    def _slot(self, field_name: str, index: Json, delta: JsonObject) -> _Growing:
        place = (field_name, index if isinstance(index, int | str) else None)
        times = self._times.get(place, 0)
        growing = self._calls.get((*place, times))
        new_id = delta.get("id")
        if growing is not None and new_id and growing.call.get("id") not in (None, "", new_id):
            # Servers that do not number their calls.
            growing, times = None, times + 1
            self._times[place] = times
        if growing is None:
            growing = self._calls[(*place, times)] = _Growing(field_name, {})
        return growing


def delta_of(field_name: str, call: JsonObject) -> JsonObject:
    """A whole call as one delta."""
    if field_name == "function_call":
        return {field_name: call.get("function")}
    return {field_name: [call]}


def merge(into: JsonObject, delta: JsonObject) -> None:
    """Adds what came to what was there: texts grow, ids do not."""
    for key, value in delta.items():
        there = into.get(key)
        if isinstance(value, dict):
            below: JsonObject = there if isinstance(there, dict) else {}
            merge(below, value)
            into[key] = below
        elif isinstance(value, str) and isinstance(there, str) and key not in _REPLACED:
            into[key] = there + value
        elif value is not None and not (value == "" and there):
            into[key] = value
        else:
            into.setdefault(key, value)


def _copied(call: JsonObject) -> JsonObject:
    """A copy: the original goes on growing."""
    return {
        key: _copied(value) if isinstance(value, dict) else value for key, value in call.items()
    }
