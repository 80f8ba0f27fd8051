"""Student's t, without a library of statistics for one number."""

from __future__ import annotations

import math

_STEPS = 200


def t_quantile(share: float, degrees: int) -> float:
    """The value that is above so large a share of the distribution, .5 ≤ share < 1.

    Bisection of the integral of the density, in the variable in which it is finite: t = tan(u) ·
    sqrt(degrees). Raises ValueError for what is none.
    """
    if not 0.5 <= share < 1 or degrees < 1:
        raise ValueError("a share from .5 to below 1, and a degree of freedom at least")
    low, high = 0.0, math.pi / 2
    whole = _integral(high, degrees)
    for _ in range(50):
        middle = (low + high) / 2
        if _integral(middle, degrees) / whole < 2 * share - 1:
            low = middle
        else:
            high = middle
    return math.tan(low) * math.sqrt(degrees)


def _integral(to: float, degrees: int) -> float:
    """Of cos(u)^(degrees - 1) from 0: Simpson's rule."""
    step = to / _STEPS
    total = 0.0
    for index in range(_STEPS + 1):
        weight = 1 if index in (0, _STEPS) else 4 if index % 2 else 2
        total += weight * math.cos(index * step) ** (degrees - 1)
    return total * step / 3
