"""From a signal in its own unit to the probability that the answer is right."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise
from math import isfinite, isnan
from operator import itemgetter


@dataclass(frozen=True, slots=True)
class Calibration:
    """A line through points, level before the first and after the last.

    `signals` rise strictly, `probabilities` are in [0, 1] and never fall: a surer signal is never
    less probably right.
    """

    signals: tuple[float, ...]
    probabilities: tuple[float, ...]

    def __post_init__(self) -> None:
        if not self.signals or len(self.signals) != len(self.probabilities):
            raise ValueError("a calibration has as many probabilities as signals, and one at least")
        rising = all(low < high for low, high in pairwise(self.signals))
        if not rising or not all(map(isfinite, self.signals)):
            raise ValueError("the signals of a calibration rise")
        if not all(low <= high for low, high in pairwise((0.0, *self.probabilities, 1.0))):
            raise ValueError("the probabilities of a calibration never fall, and are in [0, 1]")

    def probability(self, signal: float) -> float:
        """0 for what is not a number."""
        if isnan(signal):
            return 0.0
        at = bisect_left(self.signals, signal)
        if at == 0:
            return self.probabilities[0]
        if at == len(self.signals):
            return self.probabilities[-1]
        low, high = self.signals[at - 1], self.signals[at]
        share = (signal - low) / (high - low)
        below, above = self.probabilities[at - 1], self.probabilities[at]
        # The ends are exact, and what is between them is never outside of them.
        return min(above, below + share * (above - below))


def isotonic(labelled: Sequence[tuple[float, bool]]) -> Calibration:
    """The non-decreasing fit of least squares to (signal, is right), by pooling of neighbours.

    Pool adjacent violators (Ayer et al. 1955; for probabilities Zadrozny and Elkan 2002). A right
    answer at the lowest signal and a wrong one at the highest are added: however few labels there
    are, nothing is certain. Equal signals are one point. A block of the fit becomes a point at its
    mean signal. Raises ValueError without labels, and for signals that are not finite.
    """
    if not labelled:
        raise ValueError("nothing is calibrated without labels")
    blocks: list[_Block] = []
    for point in _points(labelled):
        blocks.append(point)
        while len(blocks) > 1 and blocks[-2].mean >= blocks[-1].mean:
            blocks[-2:] = [blocks[-2].joined(blocks[-1])]
    return Calibration(
        tuple(block.middle for block in blocks), tuple(block.mean for block in blocks)
    )


@dataclass(frozen=True, slots=True)
class _Block:
    """Labels whose signals are from `low` to `high`."""

    low: float
    high: float
    total: float
    rights: int
    count: int

    @property
    def mean(self) -> float:
        return self.rights / self.count

    @property
    def middle(self) -> float:
        """The mean signal, which rounding must not carry into another block."""
        return min(self.high, max(self.low, self.total / self.count))

    def joined(self, higher: _Block) -> _Block:
        return _Block(
            self.low,
            higher.high,
            self.total + higher.total,
            self.rights + higher.rights,
            self.count + higher.count,
        )


def _points(labelled: Sequence[tuple[float, bool]]) -> Iterator[_Block]:
    """One for each signal, rising."""
    if not all(isfinite(signal) for signal, _ in labelled):
        raise ValueError("a signal that is calibrated is a finite number")
    signals = [signal for signal, _ in labelled]
    ordered = sorted((*labelled, (min(signals), True), (max(signals), False)))
    for signal, group in groupby(ordered, key=itemgetter(0)):
        labels = [is_right for _, is_right in group]
        yield _Block(signal, signal, signal * len(labels), sum(labels), len(labels))
