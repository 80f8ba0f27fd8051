"""How well a signal tells right answers from wrong ones, whatever threshold is set on it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from router.risk.paired import Values, resampled_weights


def auroc(signal: Values, is_right: NDArray[np.bool_]) -> float | None:
    """The probability that a right answer has the higher signal of a right and a wrong one, a tie
    counting one half (Mann and Whitney); .5 tells nothing. None where all are right, or all wrong.
    """
    value = float(_Ranked(signal, is_right).auroc(np.ones((1, len(signal))))[0])
    return None if np.isnan(value) else value


def resampled_auroc(signal: Values, is_right: NDArray[np.bool_], seed: int) -> Values:
    """The same of a thousand resamplings of the answers, less those that have no right one or no
    wrong one.
    """
    ranked = _Ranked(signal, is_right)
    drawn = [ranked.auroc(weights) for weights in resampled_weights(len(signal), seed)]
    values: Values = np.concatenate(drawn)
    told: Values = values[~np.isnan(values)]
    return told


class _Ranked:
    """Answers in the order of their signal, ties together."""

    def __init__(self, signal: Values, is_right: NDArray[np.bool_]) -> None:
        self._order = np.argsort(signal, kind="stable")
        ordered = signal[self._order]
        self._is_right = is_right[self._order]
        self._starts = np.flatnonzero(np.r_[True, ordered[1:] != ordered[:-1]])

    def auroc(self, weights: Values) -> Values:
        """One for each row of weights; not a number where a kind is missing."""
        ordered = weights[:, self._order]
        right = np.add.reduceat(ordered * self._is_right, self._starts, axis=1)
        wrong = np.add.reduceat(ordered * ~self._is_right, self._starts, axis=1)
        below = np.cumsum(wrong, axis=1) - wrong / 2
        pairs = right.sum(axis=1) * wrong.sum(axis=1)
        won: Values = (right * below).sum(axis=1)
        share: Values = np.full(len(won), np.nan)
        np.divide(won, pairs, out=share, where=pairs > 0)
        return share
