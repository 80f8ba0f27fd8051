"""Whether an answer is in the format that its request demands."""

from __future__ import annotations

import json
from enum import Enum, auto

from router.dialects.wire import object_at
from router.domain import Json, JsonObject
from router.escalation.collected import Collected
from router.escalation.json_schema import matches


def breaks_format(answer: Collected, body: JsonObject) -> bool:
    """Also where a schema cannot be judged: nobody knows then that it is kept to.

    A call to a tool is no answer yet, and has no format. For a thread: see `matches`.
    """
    wanted = object_at(body, "response_format")
    kind = wanted.get("type")
    if kind not in ("json_object", "json_schema") or answer.calls:
        return False
    value = parsed(answer.text)
    if kind == "json_object":
        return not isinstance(value, dict)
    schema = object_at(wanted, "json_schema", "schema")
    return value is NotJson.NOT_JSON or not matches(value, schema)


class NotJson(Enum):
    """What is no JSON at all, which has a null of its own."""

    NOT_JSON = auto()


def parsed(text: str) -> Json | NotJson:
    """Strictly: no NaN, no infinities, nothing around it."""
    try:
        value: Json = json.loads(text, parse_constant=_refuse)
    except (ValueError, RecursionError):
        return NotJson.NOT_JSON
    return value


def _refuse(_: str) -> float:
    raise ValueError("no number of JSON")
