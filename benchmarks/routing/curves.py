"""Cost against quality: single models, their hull, an oracle, and routers.

Everything is a mean over questions under `weights` (b x n), one row for each resample: so a
bootstrap is one more axis, and the figures of the set itself are the row of ones.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from benchmarks.routing.outcomes import Floats, Ints

GRID = 200
"""Costs, evenly spaced, at which areas are summed."""
KNOB = 160
"""Settings of a router's knob, from all cost to all quality."""


class Outcomes(Protocol):
    """Both n x m."""

    @property
    def quality(self) -> Floats: ...

    @property
    def cost_usd(self) -> Floats: ...


@dataclass(frozen=True, slots=True)
class Curves:
    """`cost_usd` and `quality`, both b x points, and along a row in the order of the knob."""

    cost_usd: Floats
    quality: Floats

    def at(self, costs: Floats) -> Floats:
        """Quality at given costs (b x points), by mixing the two settings beside a cost.

        Below its cheapest setting a curve has that setting's quality, and above its dearest the
        dearest's: who has more to spend need not.
        """
        found = np.empty_like(costs)
        for row in range(len(costs)):
            order = np.argsort(self.cost_usd[row], kind="stable")
            found[row] = np.interp(costs[row], self.cost_usd[row, order], self.quality[row, order])
        return found


@dataclass(frozen=True, slots=True)
class Frame:
    """What routers are held against, under each resample.

    `hull` is the best that choosing models by lot, blind to the question, can do; it goes from the
    cheapest model to the best one. `oracle` knows the outcomes.
    """

    costs: Floats
    hull: Floats
    oracle: Floats


def means(values: Floats, weights: Floats) -> Floats:
    """(n x k) values → (b x k)."""
    result: Floats = weights @ values / weights.sum(axis=1, keepdims=True)
    return result


def routed(settings: Ints, outcomes: Outcomes, weights: Floats) -> Curves:
    """The curve of a router that sends question i to model `settings[k, i]` at setting k."""
    at = np.arange(len(outcomes.quality))
    return Curves(
        means(outcomes.cost_usd[at, settings].T, weights),
        means(outcomes.quality[at, settings].T, weights),
    )


def settings_of(quality: Floats, cost_usd: Floats) -> Ints:
    """For each setting of the knob, and each question, the model of the greatest worth.

    The worth is the expected quality less λ times the expected cost, and λ falls geometrically from
    where cost alone decides to where quality alone does. A model that cannot be chosen has -inf.
    """
    usable = np.isfinite(quality)
    dearest = float(cost_usd[usable].max(initial=0.0)) or 1.0
    lambdas = [*(np.geomspace(1e4, 1e-2, KNOB - 2) / dearest), 0.0]
    cheapest = np.where(usable, cost_usd, np.inf).argmin(axis=1)
    chosen = [cheapest, *((quality - each * cost_usd).argmax(axis=1) for each in lambdas)]
    return np.stack(chosen).astype(np.int64)


def frame(outcomes: Outcomes, weights: Floats) -> Frame:
    """For models that are all to be had (a pool). Costs are evenly spaced along the hull."""
    cost_usd, quality = means(outcomes.cost_usd, weights), means(outcomes.quality, weights)
    costs = np.empty((len(weights), GRID))
    hull = np.empty_like(costs)
    for row in range(len(weights)):
        corners = hull_of(cost_usd[row], quality[row])
        x, y = cost_usd[row, corners], quality[row, corners]
        costs[row] = np.linspace(x[0], x[-1], GRID)
        hull[row] = np.interp(costs[row], x, y)
    oracle = routed(settings_of(outcomes.quality, outcomes.cost_usd), outcomes, weights)
    return Frame(costs, hull, oracle.at(costs))


def hull_of(cost_usd: Floats, quality: Floats) -> Ints:
    """The models at the corners of the upper concave hull, the cheapest first, the best last."""
    corners: list[int] = []
    for model in np.lexsort((-quality, cost_usd)):
        if corners and quality[model] <= quality[corners[-1]]:
            continue
        while len(corners) > 1:
            first, second = corners[-2:]
            rise = (quality[second] - quality[first]) * (cost_usd[model] - cost_usd[first])
            if rise > (quality[model] - quality[first]) * (cost_usd[second] - cost_usd[first]):
                break
            corners.pop()
        corners.append(int(model))
    return np.array(corners, np.int64)


def share_of_oracle_gain(router: Curves, against: Frame) -> Floats:
    """Of the area between the hull and the oracle, the part below the router's curve; one a row.

    0 is a blind mix of the best models, 1 knows every outcome, and below 0 is worse than blind; it
    is 0 too where the cheapest model is the best, and there is nothing to gain. The area is over
    cost, from the cheapest model's to the best one's, as in the average improvement in quality of
    RouterBench (Hu et al., 2024).
    """
    gained = (router.at(against.costs) - against.hull).sum(axis=1)
    possible = (against.oracle - against.hull).sum(axis=1)
    is_possible = possible > 0
    shares: Floats = np.where(is_possible, gained, 0.0) / np.where(is_possible, possible, 1.0)
    return shares
