"""Baseline: the cheapest model or the best, by lot."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from benchmarks.routing.curves import hull_of
from benchmarks.routing.outcomes import Floats, Ints
from benchmarks.routing.routers.protocol import Training
from router.learned.examples import Inputs


@dataclass(frozen=True, slots=True)
class RandomRouter:
    name: str = "random mix"

    def fit(self, training: Training) -> FittedRandom:
        return FittedRandom(training)


@dataclass(frozen=True, slots=True)
class FittedRandom:
    training: Training = field(repr=False)

    def estimates(self, inputs: Inputs, pool: Ints) -> Floats:
        quality, cost_usd = self.training.quality[:, pool], self.training.cost_usd[:, pool]
        corners = hull_of(cost_usd.mean(axis=0), quality.mean(axis=0))
        found = np.full((len(inputs), len(pool)), -np.inf)
        found[:, corners[0]] = 0.0
        lots = np.random.default_rng(self.training.seed).random(len(inputs))
        found[:, corners[-1]] = lots
        return found
