"""The format of `trials` in policy.yaml, and what it becomes."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from router.config.validate import ConfigModel
from router.trials.rules import TrialRules


class CanaryHaltEntry(ConfigModel):
    """`margin` in parts of all answers; `alpha` is the probability of a false alarm, ever."""

    margin: Annotated[float, Field(ge=0, le=0.5)] = 0.02
    alpha: Annotated[float, Field(ge=1e-6, le=0.2)] = 0.05


class TrialsSection(ConfigModel):
    max_usd_per_day: Annotated[float, Field(ge=0, le=1_000_000)] = 10.0
    halt: CanaryHaltEntry = Field(default_factory=CanaryHaltEntry)


def trial_rules(section: TrialsSection) -> TrialRules:
    return TrialRules(
        max_nano_usd_per_day=round(section.max_usd_per_day * 1e9),
        margin=section.halt.margin,
        alpha=section.halt.alpha,
    )
