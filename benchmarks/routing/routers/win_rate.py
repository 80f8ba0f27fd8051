"""Baseline: the probability that a strong model wins over a weak one, as RouteLLM routes by."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from benchmarks.routing.curves import hull_of
from benchmarks.routing.outcomes import Floats, Ints
from benchmarks.routing.routers.protocol import Training
from router.learned.examples import Inputs, Vectors

_PENALTIES = (3.0, 30.0, 300.0)
_ITERATIONS = 12
_SETTLED = 1e-3


@dataclass(frozen=True, slots=True)
class WinRateRouter:
    """Logistic regression on embeddings; a tie is no win (Ong et al., 2024).

    It knows two models. Of a pool of more they are the ends of the hull as the training questions
    have it: the cheapest model, and the best.
    """

    name: str = "win rate"

    def fit(self, training: Training) -> FittedWinRate:
        return FittedWinRate(training)


@dataclass(frozen=True, slots=True)
class FittedWinRate:
    """Which pair it is depends on the pool: the regression is fitted when it is asked for."""

    training: Training = field(repr=False)

    def estimates(self, inputs: Inputs, pool: Ints) -> Floats:
        quality, cost_usd = self.training.quality[:, pool], self.training.cost_usd[:, pool]
        corners = hull_of(cost_usd.mean(axis=0), quality.mean(axis=0))
        weak, strong = corners[0], corners[-1]
        wins = (quality[:, strong] > quality[:, weak]).astype(float)
        weights = _chosen(self.training.inputs.embeddings, wins, self.training.seed)
        found = np.full((len(inputs), len(pool)), -np.inf)
        found[:, weak] = 0.0
        found[:, strong] = _probability(_with_one(inputs.embeddings), weights)
        return found


def _chosen(embeddings: Vectors, wins: Floats, seed: int) -> Floats:
    """The penalty by a fifth of the rows, held out; then all of them."""
    features = _with_one(embeddings)
    is_held = np.random.default_rng(seed).random(len(wins)) < 0.2
    if is_held.all() or not is_held.any():
        return logistic(features, wins, _PENALTIES[1])

    def loss(penalty: float) -> float:
        weights = logistic(features[~is_held], wins[~is_held], penalty)
        told = np.clip(_probability(features[is_held], weights), 1e-9, 1 - 1e-9)
        held = wins[is_held]
        return float(-(held * np.log(told) + (1 - held) * np.log(1 - told)).sum())

    return logistic(features, wins, min(_PENALTIES, key=loss))


def logistic(features: Floats, labels: Floats, penalty: float) -> Floats:
    """Newton's method with a quadratic penalty on all weights but the last, the constant's."""
    weights = np.zeros(features.shape[1])
    ridge = np.full(features.shape[1], penalty)
    ridge[-1] = 1e-6
    for _ in range(_ITERATIONS):
        told = _probability(features, weights)
        slope = features.T @ (told - labels) + ridge * weights
        curve = (features * (told * (1 - told))[:, None]).T @ features + np.diag(ridge)
        step = np.linalg.solve(curve, slope)
        weights -= step
        if np.abs(step).max() < _SETTLED:
            break
    return weights


def _with_one(embeddings: Vectors) -> Floats:
    return np.concatenate((embeddings, np.ones((len(embeddings), 1))), axis=1).astype(float)


def _probability(features: Floats, weights: Floats) -> Floats:
    told: Floats = 1.0 / (1.0 + np.exp(-np.clip(features @ weights, -30.0, 30.0)))
    return told
