"""What a house wants of trials of new versions."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TrialRules:
    """`max_nano_usd_per_day` is for all shadow requests of a day in UTC, of all gateways.

    A canary is halted when it is shown to be bad more than `margin` more often than its champion;
    one that is not is halted all the same with a probability of `alpha` at most, ever.
    """

    max_nano_usd_per_day: int = 10_000_000_000
    margin: float = 0.02
    alpha: float = 0.05
