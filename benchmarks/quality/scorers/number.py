"""A whole number: what stands after the last `ANSWER:`, or else the last number of all."""

from __future__ import annotations

import re

from benchmarks.quality.item import Grade, Reply
from benchmarks.quality.scorers.reading import MAX_CHARACTERS, last_answer
from router.domain import JsonObject

_NUMBER = re.compile(r"[-−]?\d[\d,.' ’]*")  # noqa: RUF001 -- a minus sign, and groups
_MAX_DIGITS = 30


def score(target: JsonObject, reply: Reply) -> Grade:
    said = last_answer(reply.text)
    found = _numbers(said) if said is not None else []
    if found:
        number = found[0]
    else:
        found = _numbers(reply.text[-MAX_CHARACTERS:])
        if not found:
            return Grade(0.0, "no number")
        number = found[-1]
    is_right = number == target["number"]
    return Grade(float(is_right), "right" if is_right else "wrong")


def _numbers(text: str) -> list[float]:
    return [value for found in _NUMBER.findall(text) if (value := _value(found)) is not None]


def _value(written: str) -> float | None:
    """1,234 and 1.234 and 1 234 are all 1234; 12.50 is not 1250."""
    bare = written.strip().rstrip(".,'’ ").replace("−", "-")  # noqa: RUF001
    whole = re.sub(r"[,.' ’](?=\d{3}(?!\d))", "", bare).replace(",", ".")  # noqa: RUF001
    # What stands side by side is one number only where it is grouped.
    whole = whole.split(" ", 1)[0]
    try:
        return float(whole) if len(whole) <= _MAX_DIGITS else None
    except ValueError:
        return None
