"""Pairs of durations → what the second of each pair adds."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from benchmarks.overhead.record import Added, Spread
from benchmarks.throughput.figures import rounded

RESAMPLINGS = 10_000
_CONFIDENCE_PERCENT = 95.0


def spread_ms(values_ms: Sequence[float]) -> Spread:
    """Percentiles by linear interpolation. Needs one value."""
    p50, p95 = (float(value) for value in np.percentile(values_ms, (50, 95)))
    return Spread(p50_ms=rounded(p50), p95_ms=rounded(p95))


def added_ms(bare_ms: Sequence[float], gateway_ms: Sequence[float], seed: int) -> Added:
    """The median of the pairs' differences, with a percentile bootstrap's interval of 95%.

    Pairs are drawn, not requests: what slows both of a pair is in neither bound (Efron and
    Tibshirani, An Introduction to the Bootstrap, 1993, chapters 8 and 13). Raises ValueError for
    sequences of different lengths, or of none.
    """
    if not bare_ms or len(bare_ms) != len(gateway_ms):
        raise ValueError("pairs, and one at least")
    differences = np.array(gateway_ms) - np.array(bare_ms)
    generator = np.random.default_rng(seed)
    drawn = generator.integers(len(differences), size=(RESAMPLINGS, len(differences)))
    medians = np.median(differences[drawn], axis=1)
    tail = (100 - _CONFIDENCE_PERCENT) / 2
    low, high = (float(value) for value in np.percentile(medians, (tail, 100 - tail)))
    return Added(
        p50_ms=rounded(float(np.median(differences))),
        low_ms=rounded(low),
        high_ms=rounded(high),
        mean_ms=rounded(float(differences.mean())),
    )
