"""Scores → a mean and how sure it is."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.privacy.intervals import wilson
from benchmarks.throughput.student import t_quantile


@dataclass(frozen=True, slots=True)
class Figure:
    """`low` and `high` are of 95% confidence."""

    items: int
    mean: float
    low: float
    high: float


def figure(scores: Sequence[float]) -> Figure:
    """Of scores in [0, 1], one at least.

    Wilson (1927) where all are 0 or 1; else Student's t of the mean, cut at 0 and 1. Where all
    scores are one fraction t has no width, and the interval of Wilson around that share, which is
    too wide rather than too narrow, stands in for it.
    """
    n, total = len(scores), math.fsum(scores)
    mean = total / n
    if all(score in (0, 1) for score in scores):
        low, high = wilson(round(total), n)
        return Figure(n, mean, low, high)
    spread = math.fsum((score - mean) ** 2 for score in scores)
    if n < 2 or spread == 0:
        below, above = wilson(math.floor(total), n)[0], wilson(math.ceil(total), n)[1]
        return Figure(n, mean, min(below, mean), max(above, mean))
    half = t_quantile(0.975, n - 1) * math.sqrt(spread / (n - 1) / n)
    return Figure(n, mean, max(0.0, mean - half), min(1.0, mean + half))
