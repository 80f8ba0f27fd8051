"""A question's task, guessed from its embedding: for what a client that declares none gets."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from benchmarks.routing.outcomes import Floats, Ints
from router.learned.examples import Inputs, Vectors

_PENALTY = 1.0


@dataclass(frozen=True, slots=True)
class TaskGuess:
    """Linear scores of the tasks; `weights` is (d + 1) x tasks."""

    weights: Floats = field(repr=False)

    def guess(self, embeddings: Vectors) -> Ints:
        guessed: Ints = (_with_one(embeddings) @ self.weights).argmax(axis=1)
        return guessed


def fit_task_guess(inputs: Inputs, task_count: int) -> TaskGuess:
    """Ridge regression on which task it is."""
    features = _with_one(inputs.embeddings)
    is_task = np.eye(task_count)[inputs.tasks]
    gram = features.T @ features + _PENALTY * np.eye(features.shape[1])
    return TaskGuess(np.linalg.solve(gram, features.T @ is_task).astype(np.float64))


def _with_one(embeddings: Vectors) -> Floats:
    return np.concatenate((embeddings, np.ones((len(embeddings), 1))), axis=1).astype(float)
