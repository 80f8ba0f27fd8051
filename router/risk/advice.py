"""What an adviser is asked of a pair of tiers, and what it says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from router.domain import ModelSpec, Tier, Usage
from router.risk.break_even import price_ratio
from router.risk.figures import Figures
from router.risk.labelled import RIGHT_FROM
from router.risk.learn_then_test import Terms
from router.task import Task

TYPICAL = Usage(input_tokens=1_000, output_tokens=250)
"""What a request takes where nothing was measured."""


class Verdict(StrEnum):
    """What to do with a pair of tiers. Only the first of them recommends a cascade."""

    CASCADE = "cascade"
    NO_RECORDS = "no_records"
    NO_SIGNAL = "no_signal"
    TOO_LITTLE_DATA = "too_little_data"
    STRONG_NOT_BETTER = "strong_not_better"
    LOSES_TO_STRONG = "loses_to_strong"
    LOSES_TO_MIX = "loses_to_mix"
    NOT_SHOWN = "not_shown"
    NOT_CERTIFIED = "not_certified"


@dataclass(frozen=True, slots=True)
class Candidate:
    """A pair of tiers, and the model that each of them tries first."""

    cheap_tier: Tier
    strong_tier: Tier
    cheap: ModelSpec
    strong: ModelSpec

    @property
    def listed_price_ratio(self) -> float:
        """By the registry, for a request of `TYPICAL` size."""
        cheap, strong = (model.price.cost_nano_usd(TYPICAL) for model in (self.cheap, self.strong))
        return price_ratio(cheap, strong)


@dataclass(frozen=True, slots=True)
class Question:
    """Under which promise, by which signal of the cheap model's answers, of which task.

    `thresholds` are those of certificates that hold, by the keys of cheap and strong model.
    """

    signal: str
    terms: Terms
    task: Task | None = None
    right_from: float = RIGHT_FROM
    thresholds: Mapping[tuple[str, str], float] = field(default_factory=dict)
    seed: int = 1


@dataclass(frozen=True, slots=True)
class Advice:
    """`why` is the verdict in words. `figures` are there where both models have answered enough of
    the same items, with a signal.
    """

    candidate: Candidate
    verdict: Verdict
    why: str
    figures: Figures | None = None
