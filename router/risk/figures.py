"""A pair of models at one threshold, in figures with their intervals."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from math import inf

import numpy as np

from router.risk.auroc import auroc, resampled_auroc
from router.risk.break_even import (
    Operation,
    acceptance_against_strong,
    ratio_against_mix,
    ratio_against_strong,
)
from router.risk.paired import Paired

_CURVE_POINTS = 60
_TAIL = 0.025


@dataclass(frozen=True, slots=True)
class Estimate:
    """With a 95% interval: percentiles of a bootstrap over items."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Point:
    """A way to answer: US dollars a request, and the mean score."""

    cost_usd: Estimate
    quality: Estimate


@dataclass(frozen=True, slots=True)
class Figures:
    """`accepted` is the share that is kept; `auroc` is None where all cheap answers are right, or
    all wrong. `over_mix` is the cascade's quality less that of a mix of equal cost, `saved_usd`
    what it costs less than always the strong model, `gap` what that is better by than the cheap
    one.

    `ratio_against_mix` is None where the strong model is no better. `curve` has cost and quality of
    the cascade at many thresholds.
    """

    items: int
    threshold: float
    accepted: float
    auroc: Estimate | None
    cheap: Point
    strong: Point
    mix: Point
    cascade: Point
    over_mix: Estimate
    saved_usd: Estimate
    gap: Estimate
    price_ratio: float
    ratio_against_strong: float
    ratio_against_mix: float | None
    acceptance_against_strong: float
    curve: tuple[tuple[float, float], ...]

    @property
    def ways(self) -> tuple[tuple[str, Point], ...]:
        """What can be done, by name."""
        return (
            ("always cheap", self.cheap),
            ("always strong", self.strong),
            ("mix of equal cost", self.mix),
            ("cascade", self.cascade),
        )


def measure(answers: Paired, threshold: float, right_from: float, seed: int) -> Figures:
    """What the answers say of a cascade at this threshold; a cheap one is right from that score on.

    The threshold is taken as given: whoever has chosen it has done so on other answers.
    """
    now = answers.operation(threshold)
    drawn = list(answers.operations(threshold, seed))

    def estimate(of: Callable[[Operation], float]) -> Estimate:
        return _estimate(of(now), map(of, drawn))

    return Figures(
        items=len(answers),
        threshold=threshold,
        accepted=answers.accepted(threshold),
        auroc=_auroc(answers, right_from, seed),
        cheap=Point(estimate(lambda at: at.cheap_cost_usd), estimate(lambda at: at.cheap_quality)),
        strong=Point(
            estimate(lambda at: at.strong_cost_usd), estimate(lambda at: at.strong_quality)
        ),
        mix=Point(estimate(lambda at: at.cost_usd), estimate(lambda at: at.mix_quality)),
        cascade=Point(estimate(lambda at: at.cost_usd), estimate(lambda at: at.cascade_quality)),
        over_mix=estimate(lambda at: at.over_mix),
        saved_usd=estimate(lambda at: at.strong_cost_usd - at.cost_usd),
        gap=estimate(lambda at: at.strong_quality - at.cheap_quality),
        price_ratio=now.price_ratio,
        ratio_against_strong=ratio_against_strong(1 - now.escalated),
        ratio_against_mix=(
            None if now.recovered is None else ratio_against_mix(now.escalated, now.recovered)
        ),
        acceptance_against_strong=acceptance_against_strong(now.price_ratio),
        curve=tuple(
            (at.cost_usd, at.cascade_quality)
            for at in map(answers.operation, thresholds_of(answers))
        ),
    )


def thresholds_of(answers: Paired) -> Sequence[float]:
    """Signals at even ranks, rising, and last what keeps nothing."""
    signals = np.unique(answers.signal)
    at = np.linspace(0, len(signals) - 1, min(len(signals), _CURVE_POINTS)).astype(int)
    return [*map(float, signals[at]), inf]


def _auroc(answers: Paired, right_from: float, seed: int) -> Estimate | None:
    is_right = answers.cheap_score >= right_from
    area = auroc(answers.signal, is_right)
    if area is None:
        return None
    return _estimate(area, resampled_auroc(answers.signal, is_right, seed))


def _estimate(value: float, drawn: Iterable[float]) -> Estimate:
    low, high = np.quantile(np.fromiter(drawn, dtype=np.float64), (_TAIL, 1 - _TAIL))
    return Estimate(value, float(low), float(high))
