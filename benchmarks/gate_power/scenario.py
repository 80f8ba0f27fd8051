"""Changes whose truth is known: how many items are truly won and lost."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from router.gate.rules import DEFAULT_SLICE_MARGIN

Differences = NDArray[np.float64]

MARGIN = 0.02
HARM = 0.04
"""What the gate must not let pass: two points more than the margin."""

SLICES = 5
"""Items belong to critical slices in turn: number n to slice n mod 5."""

MANY = 3_000
ITEMS = 1_000
FEW = 200
"""Where a raw rule is said to go wrong, and slices have too few items to be looked at."""


class Scenario(Protocol):
    """`truth` is the mean difference over all there is, `slice_truth` that of the critical slice
    which fares worst; `draw` is one set of paired differences. `sizes` are how many it is drawn of.
    """

    @property
    def name(self) -> str: ...

    @property
    def truth(self) -> float: ...

    @property
    def slice_truth(self) -> float: ...

    @property
    def sizes(self) -> Sequence[int]: ...

    def draw(self, generator: np.random.Generator, items: int) -> Differences: ...


@dataclass(frozen=True, slots=True)
class Drawn:
    """Each item is won, or lost, with these chances and independently of the others."""

    name: str
    won: float
    lost: float
    sizes: Sequence[int] = (ITEMS, FEW)

    @property
    def truth(self) -> float:
        return round(self.won - self.lost, 12)

    @property
    def slice_truth(self) -> float:
        return self.truth

    def draw(self, generator: np.random.Generator, items: int) -> Differences:
        return _drawn(generator.random(items), self.won, self.lost)


@dataclass(frozen=True, slots=True)
class Hidden:
    """One critical slice is worse by `harm`, the others are as good: `differing` of all items are
    won or lost. Few of all are harmed, and the mean hides it.
    """

    name: str
    differing: float
    harm: float
    sizes: Sequence[int] = (MANY, ITEMS)

    @property
    def truth(self) -> float:
        return round(-self.harm / SLICES, 12)

    @property
    def slice_truth(self) -> float:
        return -self.harm

    def draw(self, generator: np.random.Generator, items: int) -> Differences:
        half = self.differing / 2
        drawn = _drawn(generator.random(items), half, half)
        harmed = drawn[::SLICES]
        won = max(half - self.harm / 2, 0.0)
        harmed[:] = _drawn(generator.random(len(harmed)), won, won + self.harm)
        return drawn


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
    sizes: Sequence[int] = (ITEMS, FEW)

    @property
    def truth(self) -> float:
        return -self.harm

    @property
    def slice_truth(self) -> float:
        return self.truth

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


def made_up() -> Iterator[Scenario]:
    """As good, at the margin, and worse, each with few and with many items that differ; and a harm
    that one slice alone has, of just its margin and of twice that.
    """
    for truth, words in ((0.0, "as good"), (-MARGIN, "worse by the margin"), (-HARM, "worse by 4")):
        for differing in (0.06, 0.15):
            won = (differing + truth) / 2
            sizes = (ITEMS, FEW) if truth else (MANY, ITEMS, FEW)
            yield Drawn(f"{words}, {differing:.0%} differ", won, differing - won, sizes)
    for harm in (DEFAULT_SLICE_MARGIN, 2 * DEFAULT_SLICE_MARGIN):
        yield Hidden(f"as good, 15% differ, one slice worse by {100 * harm:g}", 0.15, harm)


def _drawn(chance: Differences, won: float, lost: float) -> Differences:
    return np.where(chance < lost, -1.0, np.where(chance < lost + won, 1.0, 0.0))
