"""What the same items cost under the old rules and the new: a paired bootstrap."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

RESAMPLINGS = 2_000
_TAILS = (2.5, 97.5)


@dataclass(frozen=True, slots=True)
class CostChange:
    """Per item, in nano-dollars; bounds are a 95% interval's, None where nothing can be divided.

    `items` are those of which both costs are known.
    """

    items: int
    old_nano_usd: float
    new_nano_usd: float
    difference_nano_usd: tuple[float, float]
    ratio: float | None
    ratio_interval: tuple[float, float] | None


def cost_change(
    old: NDArray[np.float64],
    new: NDArray[np.float64],
    weights: NDArray[np.float64],
    seed: int = 1,
) -> CostChange | None:
    """None without items. Percentiles of resampled items, each with both of its costs.

    Efron and Tibshirani, An Introduction to the Bootstrap (1993), chapter 13; the ratio is of the
    totals, since a ratio of means is what a bill has. Pure: the seed is fixed.
    """
    count = len(old)
    if not count:
        return None
    generator = np.random.default_rng(seed)
    totals = np.empty((RESAMPLINGS, 3))
    columns = np.stack([weights * old, weights * new, weights])
    for row in range(RESAMPLINGS):
        drawn = np.bincount(generator.integers(count, size=count), minlength=count)
        totals[row] = columns @ drawn
    whole = float(weights.sum())
    was, is_now = float(columns[0].sum()) / whole, float(columns[1].sum()) / whole
    differences = (totals[:, 1] - totals[:, 0]) / totals[:, 2]
    low, high = np.percentile(differences, _TAILS)
    ratio, interval = None, None
    if was > 0 and bool((totals[:, 0] > 0).all()):
        ratio = is_now / was
        bounds = np.percentile(totals[:, 1] / totals[:, 0], _TAILS)
        interval = (float(bounds[0]), float(bounds[1]))
    return CostChange(count, was, is_now, (float(low), float(high)), ratio, interval)
