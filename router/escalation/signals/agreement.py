"""Whether two answers to one question say the same."""

from __future__ import annotations

import re
import unicodedata
from decimal import Decimal, InvalidOperation

from router.escalation.collected import Collected
from router.escalation.json_schema import spelling
from router.escalation.signals.answer_format import NotJson, parsed
from router.task import Task

_NUMBER = re.compile(r"-?[0-9]{1,20}(?:,[0-9]{3}){0,6}(?:\.[0-9]{1,20})?")
_MOST_CHARACTERS = 100_000


def agree(answer: Collected, second: Collected, task: Task) -> bool:
    """The same value where both are JSON, the same last number where a result is asked for, else
    the same words, whatever their case, spaces and punctuation.
    """
    if [(call.name, parsed(call.arguments)) for call in answer.calls] != [
        (call.name, parsed(call.arguments)) for call in second.calls
    ]:
        return False
    values = parsed(answer.text), parsed(second.text)
    if NotJson.NOT_JSON not in values:
        return spelling(values[0]) == spelling(values[1])
    if task is Task.MATHS:
        results = last_number(answer.text), last_number(second.text)
        if None not in results:
            return results[0] == results[1]
    return _words(answer.text) == _words(second.text)


def last_number(text: str) -> Decimal | None:
    """The last that is written in digits; commas part thousands."""
    found = _NUMBER.findall(text[-_MOST_CHARACTERS:])
    if not found:
        return None
    try:
        return Decimal(found[-1].replace(",", ""))
    except InvalidOperation:
        return None


def _words(text: str) -> str:
    folded = unicodedata.normalize("NFKC", text[:_MOST_CHARACTERS]).casefold()
    return " ".join(re.sub(r"[^\w]+", " ", folded).split())
