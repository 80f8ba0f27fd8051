"""What keeping a cheap answer is worth, beside asking the stronger model too."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Stake:
    """What the owner would pay for a right answer rather than a wrong one, in US dollars, and what
    the stronger model takes for one request.
    """

    value_of_right_usd: float
    strong_cost_usd: float


def gain_of_keeping_usd(p_cheap_right: float, p_strong_right: float, stake: Stake) -> float:
    """Expected, over escalating: below 0 it is better to escalate.

        strong_cost - value · (P(strong right) - P(cheap right))

    What the cheap answer cost is spent either way. It is the gain that counts and not how sure the
    cheap model is: where both are likely wrong, escalating buys nothing.
    """
    return stake.strong_cost_usd - stake.value_of_right_usd * (p_strong_right - p_cheap_right)


def least_probability_kept(p_strong_right: float, stake: Stake) -> float:
    """The probability of being right from which on a cheap answer is worth keeping, in [0, 1]."""
    if stake.value_of_right_usd <= 0:
        return 0.0
    least = p_strong_right - stake.strong_cost_usd / stake.value_of_right_usd
    return min(1.0, max(0.0, least))
