"""How much worse answers get at most, from pairs: the same items under the old rules and the new.

Where every pair is won, lost or neither, by Tango's score interval (`score_interval.py`). With
scores in between, or items that stand for several, by the mean of the paired differences with
Student's t of n - 1, and half an observation more in each of the four cells of right and wrong
(Agresti and Min, Simple improved confidence intervals for comparing matched proportions, 2005): the
plain interval has no width where no pair differs, and is too narrow where few do.

It holds where pairs are drawn independently of each other from what is judged, and there are as
many as `needed.fewest_items` says, so that the mean of mostly zeros is near enough to normal.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from benchmarks.quality.gate.score_interval import score_interval
from benchmarks.throughput.student import t_quantile

ALPHA = 0.05
"""One-sided, of each bound: what is not so passes, or fails, this often at most."""

Values = NDArray[np.float64]
_ADDED = 2.0
_MANY = 100


@dataclass(frozen=True, slots=True)
class Difference:
    """New minus old score, as a share; each bound alone holds with 1 - ALPHA.

    `sd` is of one pair's difference. `missing` is the share of all that is judged of which nobody
    knows the outcome: the bounds allow for all of it being lost, or won (Manski, 1990).
    """

    items: float
    mean: float
    low: float
    high: float
    sd: float
    missing: float = 0.0

    def is_noninferior(self, margin: float) -> bool:
        return self.low > -margin

    def is_worse(self, margin: float) -> bool:
        return self.high < -margin


@dataclass(frozen=True, slots=True)
class Sampled:
    """Those of the items that stand for more than themselves: `taken` of `of`, drawn at random."""

    chosen: NDArray[np.bool_]
    taken: int
    of: int


def difference(
    differences: Values,
    *,
    weights: Values | None = None,
    sampled: Sampled | None = None,
    missing: float = 0.0,
) -> Difference:
    """Estimates the mean difference of pairs, each in [-1, 1]. Raises ValueError without any.

    `weights` are one over the chance that an item is among those given: 1 for most, and
    `of`/`taken` for the sampled (Horvitz and Thompson, 1952). To the variance of items that of the
    second draw is added, (of/n)² (1 - taken/of) s²/taken (Särndal, Swensson and Wretman, Model
    Assisted Survey Sampling, 1992, 9.3: two phases).
    """
    if not len(differences):
        raise ValueError("there is no pair to judge")
    weight = np.ones_like(differences) if weights is None else weights
    items = float(weight.sum())
    whole = items + _ADDED
    if weights is None and sampled is None and np.isin(differences, (-1.0, 0.0, 1.0)).all():
        return _counted(differences, missing)
    mean = float(weight @ differences) / whole
    second_moment = (float(weight @ differences**2) + 1.0) / whole
    variance = max(second_moment - mean**2, 0.0)
    error = math.sqrt(variance / whole + _of_second_draw(differences, sampled, items))
    half = _t(len(differences) - 1) * error
    return Difference(
        items=items,
        mean=float(weight @ differences) / items,
        low=mean - half - missing,
        high=mean + half + missing,
        sd=math.sqrt(variance),
        missing=missing,
    )


def _counted(differences: Values, missing: float) -> Difference:
    """Of pairs that are won, lost or neither."""
    won, lost = int((differences > 0).sum()), int((differences < 0).sum())
    count = len(differences)
    low, high = score_interval(won, lost, count, NormalDist().inv_cdf(1 - ALPHA))
    return Difference(
        items=float(count),
        mean=(won - lost) / count,
        low=low - missing,
        high=high + missing,
        sd=float(np.sqrt((won + lost + 1) / (count + _ADDED))),
        missing=missing,
    )


def _of_second_draw(differences: Values, sampled: Sampled | None, items: float) -> float:
    if sampled is None or sampled.taken >= sampled.of:
        return 0.0
    drawn = differences[sampled.chosen]
    # With the observation more in two cells, as above: of a few that never differ, nothing follows.
    whole = len(drawn) + _ADDED
    spread = (float(drawn @ drawn) + 1.0) / whole - (float(drawn.sum()) / whole) ** 2
    share = sampled.taken / sampled.of
    return (sampled.of / items) ** 2 * (1 - share) * spread / max(sampled.taken, 1)


def _t(degrees: int) -> float:
    """The quantile 1 - ALPHA; for many degrees by its expansion around the normal one.

    Abramowitz and Stegun 26.7.5; right to six digits from a hundred degrees on.
    """
    if degrees < _MANY:
        return t_quantile(1 - ALPHA, max(degrees, 1))
    z = NormalDist().inv_cdf(1 - ALPHA)
    first = (z**3 + z) / (4 * degrees)
    second = (5 * z**5 + 16 * z**3 + 3 * z) / (96 * degrees**2)
    return z + first + second
