"""What an answer is expected to cost, for all routers alike: by task, and by how a text looks."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from benchmarks.routing.outcomes import Floats
from router.learned.examples import Inputs
from router.learned.lookup import TaskLookup, fit_lookup

_PENALTY = 10.0
_LEAST = 0.2
"""Of the task's mean: no answer is expected to cost less."""
_SCALE = 1e6
"""Costs are learned in millionths of a dollar: single precision would lose them."""


@dataclass(frozen=True, slots=True)
class ExpectedCosts:
    """`slopes` is cheap features x models, on features of mean 0 and variance 1."""

    lookup: TaskLookup
    mean: Floats = field(repr=False)
    std: Floats = field(repr=False)
    slopes: Floats = field(repr=False)

    def usd(self, inputs: Inputs) -> Floats:
        """n x models."""
        by_task = self.lookup.predict(inputs.tasks).astype(float)
        looks = np.clip((inputs.cheap - self.mean) / self.std, -4, 4)
        expected: Floats = np.maximum(by_task + looks @ self.slopes, _LEAST * by_task) / _SCALE
        return expected


def fit_costs(inputs: Inputs, cost_usd: Floats, task_count: int) -> ExpectedCosts:
    """Ridge regression on what the task's mean leaves: a long text costs more to read."""
    scaled = cost_usd * _SCALE
    lookup = fit_lookup(inputs.tasks, scaled.astype(np.float32), task_count)
    mean, std = inputs.cheap.mean(axis=0).astype(float), inputs.cheap.std(axis=0) + 1e-6
    looks = np.clip((inputs.cheap - mean) / std, -4, 4)
    left = scaled - lookup.predict(inputs.tasks)
    gram = looks.T @ looks + _PENALTY * np.eye(looks.shape[1])
    return ExpectedCosts(lookup, mean, std, np.linalg.solve(gram, looks.T @ left))
