"""When trying the cheap model first pays, and when it loses against doing something simpler.

A cascade asks the cheap model, at cost c, keeps a share a of its answers, and asks the strong one,
at cost s, for the rest: e = 1 - a is the share that is escalated and r = s / c the price ratio. Its
cost is c + e·s; its quality is Q, beside C of the cheap and S of the strong model on the same
requests. Costs are US dollars a request, qualities shares of right answers. Where requests cost
differently, e is weighted by what they cost at the strong model: then all of this stays exact.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import inf


@dataclass(frozen=True, slots=True)
class Operation:
    """A cascade as it was measured: prices per request, what is escalated, and three qualities."""

    cheap_cost_usd: float
    strong_cost_usd: float
    escalated: float
    cheap_quality: float
    strong_quality: float
    cascade_quality: float

    @property
    def price_ratio(self) -> float:
        return price_ratio(self.cheap_cost_usd, self.strong_cost_usd)

    @property
    def cost_usd(self) -> float:
        return self.cheap_cost_usd + self.escalated * self.strong_cost_usd

    @property
    def recovered(self) -> float | None:
        """λ = (Q - C) / (S - C), of what the strong model is better by; None where it is not."""
        gap = self.strong_quality - self.cheap_quality
        return (self.cascade_quality - self.cheap_quality) / gap if gap > 0 else None

    @property
    def mix_quality(self) -> float:
        """What drawing lots between the two models has for the cascade's cost.

        A share m = (cost - c) / (s - c) = e·r / (r - 1) goes to the strong model alone: the mix
        pays for no answer that is thrown away. What is dearer than always the strong model buys no
        more than that.
        """
        spread = self.strong_cost_usd - self.cheap_cost_usd
        share = min(1.0, (self.cost_usd - self.cheap_cost_usd) / spread) if spread > 0 else 1.0
        return self.cheap_quality + share * (self.strong_quality - self.cheap_quality)

    @property
    def over_mix(self) -> float:
        """How much better than the mix, in shares of right answers."""
        return self.cascade_quality - self.mix_quality


def price_ratio(cheap_usd: float, strong_usd: float) -> float:
    """r. Infinite where only the cheap model is free, and 1 where both are."""
    if cheap_usd > 0:
        return strong_usd / cheap_usd
    return inf if strong_usd > 0 else 1.0


def ratio_against_strong(accepted: float) -> float:
    """The price ratio above which a cascade costs less than always the strong model: 1 / a.

    From c + e·s < s. Infinite where nothing is kept.
    """
    return 1 / accepted if accepted > 0 else inf


def acceptance_against_strong(price_ratio: float) -> float:
    """The share that has to be kept for it to cost less than always the strong model: 1 / r."""
    return 1 / price_ratio if price_ratio > 0 else inf


def ratio_against_mix(escalated: float, recovered: float) -> float:
    """The price ratio above which a cascade is better than a mix of equal cost: λ / (λ - e).

    From λ > e·r / (r - 1). Infinite where λ ≤ e: a judge that recovers no more of the gap than it
    escalates of the requests draws lots, and its throwing away what it pays for is never made good.
    """
    return recovered / (recovered - escalated) if recovered > escalated else inf


def recovered_against_mix(escalated: float, price_ratio: float) -> float:
    """The share of the gap that has to be recovered at this price ratio: e·r / (r - 1)."""
    if price_ratio <= 1:
        return inf
    return escalated if price_ratio == inf else escalated * price_ratio / (price_ratio - 1)
