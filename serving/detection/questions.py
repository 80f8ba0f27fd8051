"""A frame's JSON → what a worker is asked."""

from __future__ import annotations

from dataclasses import dataclass, field

from router.domain import Json, JsonObject
from router.privacy.recognisers.pattern import Pattern
from router.protocols import Settling


@dataclass(frozen=True, slots=True)
class Question:
    """`joined` holds the numbers of the texts that are seams."""

    texts: tuple[str, ...] = field(repr=False)
    joined: frozenset[int]
    settling: Settling | None
    timeout_s: float


def question_of(frame: JsonObject) -> Question:
    """Raises TypeError, KeyError or ValueError for what is none."""
    settling = frame["settling"]
    return Question(
        texts=tuple(map(str, _list(frame["texts"]))),
        joined=frozenset(int(str(number)) for number in _list(frame["joined"])),
        settling=None if settling is None else _settling(settling),
        timeout_s=float(str(frame["timeout_s"])),
    )


def recognisers_of(frame: JsonObject) -> tuple[Pattern, ...]:
    """The customer's patterns; raises as `question_of`."""
    recognisers = _dict(frame["configuration"]).get("recognisers", [])
    return tuple(_pattern(_dict(entry)) for entry in _list(recognisers))


def _pattern(entry: JsonObject) -> Pattern:
    return Pattern(
        name=str(entry["name"]),
        entity_type=str(entry["entity_type"]),
        regex=str(entry["regex"]),
        score=float(str(entry["score"])),
        context=tuple(map(str, _list(entry["context"]))),
    )


def _settling(value: Json) -> Settling:
    entry = _dict(value)
    types = frozenset(map(str, _list(entry["entity_types"])))
    return Settling(types, float(str(entry["min_score"])))


def _list(value: Json) -> list[Json]:
    if not isinstance(value, list):
        raise TypeError
    return value


def _dict(value: Json) -> JsonObject:
    if not isinstance(value, dict):
        raise TypeError
    return value
