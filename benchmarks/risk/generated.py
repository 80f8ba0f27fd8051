"""Populations without end whose truth is known: what a promise is worth, exactly.

The signal has evenly many of each of its values, and at each an answer is right with a probability
that is written down here. So nothing is estimated but by whoever certifies.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import numpy as np

from benchmarks.risk.answers import Values
from benchmarks.risk.population import Draw, Rates
from router.risk.certificate import Promise
from router.risk.labelled import Labelled

SET_NAME = "generated"
_LEVELS = 400
_FEW_LEVELS = 5


@dataclass(frozen=True, slots=True)
class KnownPopulation:
    """`right` is the probability of being right at each of `values`, which rise."""

    signal: str
    values: Values = field(repr=False)
    right: Values = field(repr=False)
    set_name: str = SET_NAME
    cheap: str = "generated"
    strong: str = "generated"

    @property
    def auroc(self) -> float | None:
        right, wrong = self.right.sum(), (1 - self.right).sum()
        below = np.cumsum(1 - self.right) - (1 - self.right) / 2
        return float((self.right * below).sum() / (right * wrong))

    def draw(self, labels: int, generator: np.random.Generator) -> Draw:
        at = generator.integers(len(self.values), size=labels)
        are_right = generator.random(labels) < self.right[at]
        return _Drawn(
            self,
            [
                Labelled(f"item-{index}", float(self.values[level]), bool(is_right))
                for index, (level, is_right) in enumerate(zip(at, are_right, strict=True))
            ],
        )

    def rates(self, threshold: float, promise: Promise) -> Rates:
        """True, and not counted."""
        kept = self.values >= threshold
        if not kept.any():
            return Rates(0.0, 0.0)
        wrong = float((1 - self.right)[kept].sum())
        trials = promise.trials(kept=int(kept.sum()), items=len(kept))
        return Rates(float(kept.mean()), wrong / trials)


@dataclass(frozen=True, slots=True)
class _Drawn:
    population: KnownPopulation
    labels: list[Labelled]

    def rates(self, threshold: float, promise: Promise) -> Rates:
        return self.population.rates(threshold, promise)


def generated() -> Iterator[KnownPopulation]:
    """A signal that tells much, one that tells little, one whose surest answers are worse than the
    next, and one of few values.
    """
    many = (np.arange(_LEVELS) + 0.5) / _LEVELS
    few = (np.arange(_FEW_LEVELS) + 0.5) / _FEW_LEVELS
    yield _population("telling", many, lambda at: 1 - 0.75 * (1 - at) ** 1.5)
    yield _population("weak", many, lambda at: 0.78 + 0.2 * at)
    yield _population(
        "overconfident",
        many,
        lambda at: np.minimum(0.98, 0.5 + 0.6 * at) - 0.6 * np.maximum(0, at - 0.85),
    )
    yield _population("few values", few, lambda at: 0.55 + 0.48 * at)


def _population(name: str, values: Values, right: Callable[[Values], Values]) -> KnownPopulation:
    return KnownPopulation(name, values, np.clip(right(values), 0.0, 1.0))
