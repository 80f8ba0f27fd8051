"""A JSON object against the right one: the share of leaves that agree, of those in either."""

from __future__ import annotations

from collections.abc import Iterator
from math import isclose

from benchmarks.quality.item import Grade, Reply
from benchmarks.quality.scorers.reading import json_object, plain
from router.domain import Json, JsonObject

_MAX_LEAVES = 2_000


def score(target: JsonObject, reply: Reply) -> Grade:
    """`target.object` is the right one. Texts agree whatever their case, lists in any order."""
    answered = json_object(reply.text)
    if answered is None:
        return Grade(0.0, "no object")
    right = dict(_leaves(target["object"], ()))
    said: dict[tuple[str, ...], Json] = {}
    for count, (path, value) in enumerate(_leaves(answered, ())):
        if count >= _MAX_LEAVES:
            return Grade(0.0, "too large")
        said[path] = value
    agreed = sum(path in said and _agree(value, said[path]) for path, value in right.items())
    share = agreed / len(right.keys() | said.keys())
    return Grade(share, "whole" if share == 1 else "part")


def _leaves(value: Json, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Json]]:
    """Values that are neither object nor list, by where they are; those of a list sorted."""
    # Deeper than any schema here goes, an answer is one leaf that agrees with nothing.
    if len(path) > 8:
        yield path, "…"
    elif isinstance(value, dict) and value:
        for name, below in value.items():
            yield from _leaves(below, (*path, str(name)))
    elif isinstance(value, list) and value:
        for index, below in enumerate(sorted(value, key=_order)):
            yield from _leaves(below, (*path, str(index)))
    else:
        yield path, value


def _order(value: Json) -> str:
    if isinstance(value, dict):
        return " ".join(f"{name}={plain(str(value[name]))}" for name in sorted(value))
    return plain(str(value))


def _agree(right: Json, said: Json) -> bool:
    if isinstance(right, bool) or isinstance(said, bool) or right is None or said is None:
        return right is said
    if isinstance(right, int | float) and isinstance(said, int | float):
        return isclose(right, said, rel_tol=1e-9)
    if isinstance(right, str) and isinstance(said, str):
        return _bare(right) == _bare(said)
    return right == said


def _bare(text: str) -> str:
    return plain(text).rstrip(".").removeprefix("the ")
