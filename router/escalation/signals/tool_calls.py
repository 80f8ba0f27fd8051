"""Whether the tools that an answer calls are there, and are called as they can be."""

from __future__ import annotations

from router.dialects.wire import object_at, objects_at, text_at
from router.domain import JsonObject
from router.escalation.collected import Collected
from router.escalation.json_schema import matches
from router.escalation.signals.answer_format import parsed


def calls_amiss(answer: Collected, body: JsonObject) -> bool:
    """A function that the request does not have, or arguments that are no object of its schema.

    A function without a schema takes any object. For a thread: see `matches`.
    """
    functions = [object_at(tool, "function") for tool in objects_at(body, "tools")]
    schemas = {text_at(each, "name"): object_at(each, "parameters") for each in functions}
    for call in answer.calls:
        arguments = parsed(call.arguments or "{}")
        if call.name not in schemas or not isinstance(arguments, dict):
            return True
        if schemas[call.name] and not matches(arguments, schemas[call.name]):
            return True
    return False
