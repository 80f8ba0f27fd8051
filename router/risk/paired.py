"""Two models' answers to the same items, and what a cascade of the two would have made of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from router.domain import Price, Usage
from router.risk.break_even import Operation
from router.risk.outcomes import Asked
from router.task import Task

Values = NDArray[np.float64]

RESAMPLINGS = 1_000
_CHUNK = 100
"""Resamplings at a time: weights of all of them would not fit for large records."""


@dataclass(frozen=True, slots=True)
class Paired:
    """One place in each for every item; scores are in [0, 1], costs by the prices of now."""

    items: tuple[str, ...]
    signal: Values
    cheap_score: Values
    strong_score: Values
    cheap_usd: Values
    strong_usd: Values

    def __len__(self) -> int:
        return len(self.items)

    def only(self, items: frozenset[str]) -> Paired:
        at = np.array([item in items for item in self.items], dtype=np.bool_)
        return Paired(
            tuple(item for item in self.items if item in items),
            self.signal[at],
            self.cheap_score[at],
            self.strong_score[at],
            self.cheap_usd[at],
            self.strong_usd[at],
        )

    def operation(self, threshold: float) -> Operation:
        """What was kept where the signal reaches the threshold, over all the items."""
        return _operation(self._columns(threshold).mean(axis=0))

    def operations(self, threshold: float, seed: int) -> Iterator[Operation]:
        """The same of a thousand resamplings of the items, with replacement (the bootstrap)."""
        columns = self._columns(threshold)
        for weights in resampled_weights(len(self), seed):
            for row in weights @ columns / len(self):
                yield _operation(row)

    def accepted(self, threshold: float) -> float:
        """The share of the items whose cheap answer is kept."""
        return float((self.signal >= threshold).mean())

    def _columns(self, threshold: float) -> Values:
        escalated = self.signal < threshold
        return np.column_stack(
            (
                self.cheap_usd,
                self.strong_usd,
                escalated * self.strong_usd,
                escalated.astype(np.float64),
                self.cheap_score,
                self.strong_score,
                np.where(escalated, self.strong_score, self.cheap_score),
            )
        )


def paired(
    cheap: Mapping[str, Asked],
    strong: Mapping[str, Asked],
    signal: str,
    prices: tuple[Price, Price],
    task: Task | None = None,
) -> Paired:
    """What both were asked, of the task or of all for None, where the cheap one's answer has the
    signal. `prices` are those of the cheap and of the strong model.
    """
    both = [
        (item, each, strong[item])
        for item, each in sorted(cheap.items())
        if item in strong and signal in each.signals and task in (None, each.task)
    ]
    return Paired(
        tuple(item for item, _, _ in both),
        np.array([weak.signals[signal] for _, weak, _ in both], dtype=np.float64),
        np.array([weak.score for _, weak, _ in both], dtype=np.float64),
        np.array([better.score for _, _, better in both], dtype=np.float64),
        np.array([_usd(weak, prices[0]) for _, weak, _ in both], dtype=np.float64),
        np.array([_usd(better, prices[1]) for _, _, better in both], dtype=np.float64),
    )


def resampled_weights(count: int, seed: int) -> Iterator[Values]:
    """How often each of `count` items is drawn, a row for each resampling, in chunks."""
    generator = np.random.default_rng(seed)
    shares = np.full(count, 1 / count)
    for begin in range(0, RESAMPLINGS, _CHUNK):
        size = min(_CHUNK, RESAMPLINGS - begin)
        yield generator.multinomial(count, shares, size=size).astype(np.float64)


def _usd(asked: Asked, price: Price) -> float:
    return price.cost_nano_usd(Usage(asked.input_tokens, asked.output_tokens)) / 1e9


def _operation(means: Values) -> Operation:
    cheap_usd, strong_usd, escalated_usd, escalated, weak, better, cascade = map(float, means)
    return Operation(
        cheap_cost_usd=cheap_usd,
        strong_cost_usd=strong_usd,
        escalated=escalated_usd / strong_usd if strong_usd > 0 else escalated,
        cheap_quality=weak,
        strong_quality=better,
        cascade_quality=cascade,
    )
