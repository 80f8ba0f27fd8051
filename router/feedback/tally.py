"""What callers thought of each model's answers to each task: scores and labels, and no texts."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from router.feedback.feedback import worth
from router.feedback.reading import Given

MAX_PER_KEY = 20
"""Of one model and task: what one key says counts as so many opinions at most."""


@dataclass(frozen=True, slots=True)
class Said:
    """`opinions` is how many count, `mean` what they come to, in [0, 1]."""

    task: str
    model: str
    opinions: int
    mean: float


def tallied(given: Iterable[Given]) -> tuple[Said, ...]:
    """By task and model, in that order. `given` is oldest first.

    Of each key and request what it said last counts, and a comment alone takes nothing back. What
    has no worth, no model, or no task that is known says nothing here. Pure.
    """
    last: dict[tuple[str, str], tuple[str, str, float]] = {}
    for each in given:
        good = worth(each.score, each.label)
        if good is not None and each.task is not None and each.model is not None:
            last[each.request_id, each.key_id] = (each.task, each.model, good)
    by_key: dict[tuple[str, str], dict[str, list[float]]] = {}
    for (_, key_id), (task, model, good) in last.items():
        by_key.setdefault((task, model), {}).setdefault(key_id, []).append(good)
    return tuple(_said(*pair, keys.values()) for pair, keys in sorted(by_key.items()))


def _said(task: str, model: str, of_keys: Iterable[list[float]]) -> Said:
    opinions, total = 0, 0.0
    for values in of_keys:
        count = min(len(values), MAX_PER_KEY)
        opinions += count
        total += count * sum(values) / len(values)
    return Said(task, model, opinions, total / opinions)
