"""McNemar's exact test, on one side: whether more items were lost than won."""

from __future__ import annotations

from math import comb


def p_worse(won: int, lost: int) -> float:
    """How likely it is that `lost` or more of won + lost items are lost, if neither is likelier.

    McNemar (1947), exact by the binomial distribution; with scores between 0 and 1 it is the sign
    test of the paired differences, of which McNemar's is the case of 0 and 1. Exact integers to the
    last division. 1 where nothing differs.
    """
    if won < 0 or lost < 0:
        raise ValueError("counts are not negative")
    pairs = won + lost
    term = comb(pairs, lost)
    tail = 0
    for count in range(lost, pairs + 1):
        tail += term
        term = term * (pairs - count) // (count + 1)
    return tail / (1 << pairs)
