"""How sure a rate is that was counted."""

from __future__ import annotations

from math import sqrt

Z_95 = 1.959963984540054
"""The 97.5th percentile of the standard normal distribution."""


def wilson(hits: int, n: int, z: float = Z_95) -> tuple[float, float]:
    """The score interval of Wilson (1927) for a proportion, 95% by default; (0, 1) for n = 0.

    Right near 0 and 1, where detectors are and the normal approximation is not.
    """
    if not 0 <= hits <= n:
        raise ValueError("hits are between 0 and n")
    if n == 0:
        return 0.0, 1.0
    p = hits / n
    scale = 1 + z * z / n
    centre = (p + z * z / (2 * n)) / scale
    half = z / scale * sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    # At the ends the bound is exact, and rounding is not.
    return (0.0 if hits == 0 else centre - half), (1.0 if hits == n else centre + half)


def percentile(values: list[float], share: float) -> float:
    """The smallest value that `share` of them do not exceed (nearest rank). Needs one value."""
    ordered = sorted(values)
    rank = max(1, -(-len(ordered) * share // 1))
    return ordered[min(len(ordered), int(rank)) - 1]
