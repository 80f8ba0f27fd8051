"""Exact limits of a rate that was counted, after Clopper and Pearson (Biometrika 26, 1934)."""

from __future__ import annotations

from math import ceil, expm1, log1p

from router.risk.binomial import at_most

_HALVINGS = 60


def upper_bound(hits: int, trials: int, confidence: float) -> float:
    """The rate below which the true one lies in at least `confidence` of all samples; one-sided.

    The largest rate under which so few hits are not rarer than 1 - confidence. 1 without trials.
    Raises ValueError for counts that contradict each other, and for a confidence outside of (0, 1).
    """
    _require(hits, trials, confidence)
    if hits == trials:
        return 1.0
    if hits == 0:
        return -expm1(log1p(-confidence) / trials)
    low, high = hits / trials, 1.0
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        if at_most(hits, trials, middle) > 1 - confidence:
            low = middle
        else:
            high = middle
    # Of the two that are left the one that promises less.
    return high


def lower_bound(hits: int, trials: int, confidence: float) -> float:
    """The rate above which the true one lies in at least `confidence` of all samples."""
    _require(hits, trials, confidence)
    return 1 - upper_bound(trials - hits, trials, confidence)


def interval(hits: int, trials: int, confidence: float) -> tuple[float, float]:
    """Both limits: so much confidence between them, at least."""
    one_sided = (1 + confidence) / 2
    return lower_bound(hits, trials, one_sided), upper_bound(hits, trials, one_sided)


def trials_needed(max_rate: float, confidence: float) -> int:
    """How many trials without a single hit bound the rate by `max_rate`: 59 for 5% with 95%."""
    if not 0 < max_rate < 1 or not 0 < confidence < 1:
        raise ValueError("a rate and a confidence are between 0 and 1")
    return ceil(log1p(-confidence) / log1p(-max_rate))


def _require(hits: int, trials: int, confidence: float) -> None:
    if not 0 <= hits <= trials:
        raise ValueError("hits are between 0 and the number of trials")
    if not 0 < confidence < 1:
        raise ValueError("a confidence is between 0 and 1")
