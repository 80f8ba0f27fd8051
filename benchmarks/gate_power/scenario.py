"""Changes whose truth is known: how many items are truly won and lost."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Differences = NDArray[np.float64]

MARGIN = 0.02
HARM = 0.04
"""What the gate must not let pass: two points more than the margin."""


class Scenario(Protocol):
    """`truth` is the mean difference over all there is; `draw` one set of paired differences."""

    @property
    def name(self) -> str: ...

    @property
    def truth(self) -> float: ...

    def draw(self, generator: np.random.Generator, items: int) -> Differences: ...


@dataclass(frozen=True, slots=True)
class Drawn:
    """Each item is won, or lost, with these chances and independently of the others."""

    name: str
    won: float
    lost: float

    @property
    def truth(self) -> float:
        return round(self.won - self.lost, 12)

    def draw(self, generator: np.random.Generator, items: int) -> Differences:
        chance = generator.random(items)
        return np.where(chance < self.lost, -1.0, np.where(chance < self.lost + self.won, 1.0, 0.0))


@dataclass(frozen=True, slots=True)
class Mixed:
    """Answers that models gave: a share of items, drawn anew each time, goes to the weaker one.

    `strong` and `weak` are scores of the same questions. The share is such that the whole is worse
    by exactly `harm`; items are drawn with replacement.
    """

    name: str
    strong: Differences
    weak: Differences
    harm: float

    @property
    def truth(self) -> float:
        return -self.harm

    @property
    def share(self) -> float:
        """Raises ValueError where the weaker model is not so much weaker."""
        gap = float(self.strong.mean() - self.weak.mean())
        if gap < self.harm:
            raise ValueError(f"{self.name}: the two are apart by {gap:.3f} alone")
        return self.harm / gap

    def draw(self, generator: np.random.Generator, items: int) -> Differences:
        chosen = generator.integers(len(self.strong), size=items)
        moved = generator.random(items) < self.share
        return np.where(moved, self.weak[chosen] - self.strong[chosen], 0.0)


def made_up() -> Iterator[Drawn]:
    """As good, at the margin, and worse, each with few and with many items that differ."""
    for truth, words in ((0.0, "as good"), (-MARGIN, "worse by the margin"), (-HARM, "worse by 4")):
        for differing in (0.06, 0.15):
            won = (differing + truth) / 2
            yield Drawn(f"{words}, {differing:.0%} differ", won, differing - won)
