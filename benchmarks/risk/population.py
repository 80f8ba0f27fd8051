"""Where labels are drawn from, and what is true of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

from benchmarks.risk.answers import Flags, Values
from router.risk.auroc import auroc
from router.risk.certificate import Promise
from router.risk.labelled import Labelled


@dataclass(frozen=True, slots=True)
class Rates:
    """At one threshold: the share that is kept, and the share of what the promise counts that is
    kept and wrong; 0 where nothing is counted.
    """

    coverage: float
    wrong: float


class Draw(Protocol):
    """Labels, and what comes after them."""

    @property
    def labels(self) -> Sequence[Labelled]: ...

    def rates(self, threshold: float, promise: Promise) -> Rates:
        """Of what the labels are not part of."""
        ...


class Population(Protocol):
    """`cheap` and `strong` are names; `auroc` is None where one kind of label is all there is."""

    @property
    def set_name(self) -> str: ...
    @property
    def cheap(self) -> str: ...
    @property
    def strong(self) -> str: ...
    @property
    def signal(self) -> str: ...
    @property
    def auroc(self) -> float | None: ...

    def draw(self, labels: int, generator: np.random.Generator) -> Draw: ...


@dataclass(frozen=True, slots=True)
class FinitePopulation:
    """Recorded answers: some are drawn as labels, and the others are what comes after them."""

    set_name: str
    cheap: str
    strong: str
    signal: str
    items: tuple[str, ...]
    values: Values = field(repr=False)
    is_right: Flags = field(repr=False)

    @property
    def auroc(self) -> float | None:
        return auroc(self.values, self.is_right)

    def draw(self, labels: int, generator: np.random.Generator) -> Draw:
        """Without replacement. Leaves as many at least to be judged on; raises ValueError."""
        if 2 * labels > len(self.items):
            raise ValueError("fewer are left to judge on than are drawn")
        order = generator.permutation(len(self.items))
        return _Drawn(self, order[:labels], order[labels:])


@dataclass(frozen=True, slots=True)
class _Drawn:
    population: FinitePopulation
    drawn: np.ndarray[tuple[int], np.dtype[np.intp]]
    rest: np.ndarray[tuple[int], np.dtype[np.intp]]

    @property
    def labels(self) -> Sequence[Labelled]:
        return list(self._labels())

    def rates(self, threshold: float, promise: Promise) -> Rates:
        of = self.population
        kept = of.values[self.rest] >= threshold
        wrong = int((kept & ~of.is_right[self.rest]).sum())
        trials = promise.trials(kept=int(kept.sum()), items=len(kept))
        return Rates(float(kept.mean()), wrong / trials if trials else 0.0)

    def _labels(self) -> Iterator[Labelled]:
        of = self.population
        for index in self.drawn:
            yield Labelled(of.items[index], float(of.values[index]), bool(of.is_right[index]))
