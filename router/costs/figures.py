"""How good a model's answers to a task are, and how sure that is: measured, or as users said."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

from router.costs.query import Opinion
from router.registry.registry import Registry

Z_95 = 1.959963984540054
"""The 97.5th percentile of the standard normal distribution."""

OPINIONS_NEEDED = 30
"""From so many requests on, opinions make a figure."""

Source: TypeAlias = Literal["record", "feedback"]


@dataclass(frozen=True, slots=True)
class Figure:
    """A mean score in [0, 1] with its 95% interval, over so many items or requests."""

    mean: float
    low: float
    high: float
    items: int
    source: Source = "record"

    @property
    def variance(self) -> float:
        """Of the mean, as a normal distribution of that interval has it."""
        return ((self.high - self.low) / (2 * Z_95)) ** 2


Pair: TypeAlias = tuple[str, str]
"""A task and the key of a model."""

Figures: TypeAlias = Mapping[Pair, Figure]


def measured_figures(registry: Registry) -> dict[Pair, Figure]:
    """What the records of quality say that models.yaml names."""
    return {
        (task.value, key): Figure(said.mean, said.low, said.high, said.items)
        for key, entry in registry.entries.items()
        for task, said in entry.card.quality.items()
    }


def with_opinions(measured: Figures, opinions: Iterable[Opinion]) -> dict[Pair, Figure]:
    """What was measured, and figures of opinions where nothing was and there are enough of them.

    Who says something of an answer is no random sample of who got one: what was measured goes
    first. The interval is that of Agresti and Coull (1998) for a proportion, which for scores
    between 0 and 1 is too wide if anything: none varies more than m · (1 - m) about its mean m.
    """
    said: defaultdict[Pair, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    for opinion in opinions:
        said[opinion.task, opinion.model][opinion.request_id].append(opinion.worth)
    figures = dict(measured)
    for pair, of_requests in said.items():
        if pair not in measured and len(of_requests) >= OPINIONS_NEEDED:
            figures[pair] = _of_scores([sum(each) / len(each) for each in of_requests.values()])
    return figures


def _of_scores(scores: list[float]) -> Figure:
    total, n = sum(scores), len(scores)
    centre = (total + 2) / (n + 4)
    half = Z_95 * math.sqrt(centre * (1 - centre) / (n + 4))
    return Figure(
        mean=total / n,
        low=max(0.0, centre - half),
        high=min(1.0, centre + half),
        items=n,
        source="feedback",
    )
