"""Baseline: what models made of the nearest questions, by the cosine of their embeddings."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from benchmarks.routing.outcomes import Floats, Ints
from benchmarks.routing.routers.protocol import Training
from router.learned.examples import Inputs, Vectors

_NEIGHBOURS = (10, 20, 40, 80, 160, 320)
_BLOCK = 1_024
_JUDGED = 2_048
"""Training questions by which the number of neighbours is chosen."""


@dataclass(frozen=True, slots=True)
class NearestRouter:
    """How many neighbours count is chosen by a sample of the training questions."""

    name: str = "kNN"

    def fit(self, training: Training) -> FittedNearest:
        embeddings, quality = training.inputs.embeddings, training.quality
        errors = dict.fromkeys((k for k in _NEIGHBOURS if k < len(quality)), 0.0)
        if not errors:
            return FittedNearest(embeddings, quality, len(quality))
        drawn = np.random.default_rng(training.seed).permutation(len(quality))[:_JUDGED]
        for begin in range(0, len(drawn), _BLOCK):
            rows = drawn[begin : begin + _BLOCK]
            alike = embeddings[rows] @ embeddings.T
            alike[np.arange(len(rows)), rows] = -np.inf
            sums = _sums(alike, quality, tuple(errors))
            for k, total in sums.items():
                errors[k] += float(((total / k - quality[rows]) ** 2).sum())
        return FittedNearest(embeddings, quality, min(errors, key=lambda k: errors[k]))


@dataclass(frozen=True, slots=True)
class FittedNearest:
    embeddings: Vectors = field(repr=False)
    quality: Floats = field(repr=False)
    neighbours: int

    def estimates(self, inputs: Inputs, pool: Ints) -> Floats:
        found = np.empty((len(inputs), len(pool)))
        for begin in range(0, len(inputs), _BLOCK):
            alike = inputs.embeddings[begin : begin + _BLOCK] @ self.embeddings.T
            sums = _sums(alike, self.quality[:, pool], (self.neighbours,))
            found[begin : begin + _BLOCK] = sums[self.neighbours] / self.neighbours
        return found


def _sums(alike: Vectors, quality: Floats, counts: tuple[int, ...]) -> dict[int, Floats]:
    """The sum of quality over the nearest, for each count: rows x models."""
    most = max(counts)
    near = np.argpartition(-alike, most - 1, axis=1)[:, :most]
    order = np.argsort(-np.take_along_axis(alike, near, axis=1), axis=1, kind="stable")
    ranked = quality[np.take_along_axis(near, order, axis=1)]
    return {count: ranked[:, :count].sum(axis=1) for count in counts}
