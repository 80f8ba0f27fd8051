"""Calls of functions: the right ones, each with the right arguments, and none beside them."""

from __future__ import annotations

from benchmarks.quality.item import Call, Grade, Reply
from benchmarks.quality.scorers.reading import plain
from router.domain import Json, JsonObject


def score(target: JsonObject, reply: Reply) -> Grade:
    """1 or 0. Calls may come in any order; texts agree whatever their case and article."""
    calls = target["calls"]
    wanted = [each for each in calls if isinstance(each, dict)] if isinstance(calls, list) else []
    if not wanted:
        if reply.calls:
            return Grade(0.0, "called")
        return Grade(float(bool(reply.text.strip())), "in words" if reply.text.strip() else "empty")
    if not reply.calls:
        return Grade(0.0, "no call")
    if sorted(call.name for call in reply.calls) != sorted(str(each["name"]) for each in wanted):
        return Grade(0.0, "other functions")
    left = list(reply.calls)
    for each in wanted:
        found = next((call for call in left if _matches(each, call)), None)
        if found is None:
            return Grade(0.0, "other arguments")
        left.remove(found)
    return Grade(1.0, "right")


def _matches(wanted: JsonObject, call: Call) -> bool:
    return call.name == wanted["name"] and _agree(wanted["arguments"], call.arguments, 0)


def _agree(right: Json, said: Json, depth: int) -> bool:
    if depth > 8 or type(right) is not type(said):
        return False
    if isinstance(right, dict) and isinstance(said, dict):
        return right.keys() == said.keys() and all(
            _agree(right[name], said[name], depth + 1) for name in right
        )
    if isinstance(right, list) and isinstance(said, list):
        return len(right) == len(said) and all(
            _agree(one, other, depth + 1) for one, other in zip(right, said, strict=True)
        )
    if isinstance(right, str) and isinstance(said, str):
        return _bare(right) == _bare(said)
    return right == said


def _bare(text: str) -> str:
    return plain(text).removeprefix("the ").rstrip(".")
