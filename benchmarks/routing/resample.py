"""The bootstrap over questions: how far a figure might have been from what it is by chance."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from benchmarks.routing.outcomes import Floats, Ints

CONFIDENCE = 0.95


@dataclass(frozen=True, slots=True)
class Interval:
    """`low` and `high` hold the figure with 95% confidence, by percentiles of the resamples."""

    value: float
    low: float
    high: float

    @property
    def is_above_zero(self) -> bool:
        return self.low > 0

    @property
    def is_below_zero(self) -> bool:
        return self.high < 0


def weights_of(groups: Ints, resamples: int, seed: int) -> Floats:
    """(resamples + 1) x n: how often each question counts. The first row is the set itself.

    Groups of like questions are drawn whole, with replacement: those of a group say the same
    twice.
    """
    names, members = np.unique(groups, return_inverse=True)
    rng = np.random.default_rng(seed)
    count = len(names)
    drawn = rng.multinomial(count, np.full(count, 1 / count), size=resamples)
    rows = np.concatenate((np.ones((1, count)), drawn))
    return rows[:, members].astype(np.float64)


def interval(values: Floats) -> Interval:
    """Of figures whose first is that of the set itself."""
    tail = (1 - CONFIDENCE) / 2
    low, high = np.quantile(values[1:], (tail, 1 - tail)) if len(values) > 1 else (-np.inf, np.inf)
    return Interval(float(values[0]), float(low), float(high))
