"""One label of a set, and no other."""

from __future__ import annotations

from benchmarks.quality.item import Grade, Reply
from benchmarks.quality.scorers.reading import has, plain, texts
from router.domain import JsonObject


def score(target: JsonObject, reply: Reply) -> Grade:
    """1 where `target.label` is the only one of `target.labels` in the answer, or is its first
    line.
    """
    right = plain(str(target["label"]))
    said = plain(reply.text)
    first = plain(reply.text.strip().split("\n", 1)[0]).rstrip(".!")
    if first == right:
        return Grade(1.0, "right")
    named = {plain(label) for label in texts(target["labels"]) if has(said, plain(label))}
    if named == {right}:
        return Grade(1.0, "right")
    return Grade(0.0, "wrong" if len(named) == 1 else "none" if not named else "several")
