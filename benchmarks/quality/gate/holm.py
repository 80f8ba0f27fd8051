"""Several tests at once: Holm's step-down procedure."""

from __future__ import annotations

from collections.abc import Sequence


def adjusted(p_values: Sequence[float]) -> tuple[float, ...]:
    """Each p-value as if it were the only one, in the order given.

    Holm, A simple sequentially rejective multiple test procedure (1979): the i-th smallest of m is
    taken (m - i + 1)-fold, and never for less than one before it. The chance that any of those that
    are truly harmless is below alpha is at most alpha, however they depend on each other.
    """
    order = sorted(range(len(p_values)), key=p_values.__getitem__)
    result = [1.0] * len(p_values)
    so_far = 0.0
    for rank, index in enumerate(order):
        so_far = max(so_far, min(1.0, (len(order) - rank) * p_values[index]))
        result[index] = so_far
    return tuple(result)
