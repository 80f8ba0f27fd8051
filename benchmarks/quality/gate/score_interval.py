"""Tango's score interval of the difference of two proportions that are matched."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from math import sqrt

_BISECTIONS = 40


def score_interval(won: int, lost: int, pairs: int, z: float) -> tuple[float, float]:
    """The differences (won - lost) / pairs that a score test at `z` does not refute.

    Tango, Equivalence test and confidence interval for the difference in proportions for the
    paired-sample design, Statistics in Medicine 17 (1998). The variance is that of the difference
    which is tested, not of the one that was found: so it is right where few pairs differ, and where
    all that do are lost. Raises ValueError for counts that are none of pairs.
    """
    if min(won, lost) < 0 or won + lost > pairs or not pairs:
        raise ValueError("won and lost are counted among the pairs, of which there is one at least")
    found = (won - lost) / pairs
    statistic = partial(_statistic, won, lost, pairs)
    return _root(statistic, z, -1.0, found), _root(statistic, -z, found, 1.0)


def _root(statistic: Callable[[float], float], z: float, below: float, above: float) -> float:
    """Where the statistic, which falls as the difference that is tested rises, is `z`."""
    for _ in range(_BISECTIONS):
        middle = (below + above) / 2
        if statistic(middle) > z:
            below = middle
        else:
            above = middle
    return (below + above) / 2


def _statistic(won: int, lost: int, pairs: int, tested: float) -> float:
    """Tango's (1998) equation 4; `share_lost` is the most likely one if `tested` is true."""
    a = 2 * pairs
    b = -won - lost + (a - won + lost) * tested
    c = -lost * tested * (1 - tested)
    share_lost = (sqrt(max(b * b - 4 * a * c, 0.0)) - b) / (2 * a)
    variance = pairs * (2 * share_lost + tested * (1 - tested))
    distance = won - lost - pairs * tested
    if variance <= 0:
        return 0.0 if distance == 0 else float("inf") if distance > 0 else float("-inf")
    return distance / sqrt(variance)
