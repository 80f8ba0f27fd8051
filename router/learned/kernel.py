"""Likeness of requests as features: a Gaussian kernel, by a sample of what was learned from."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from router.learned.examples import Inputs, Ints, Vectors


@dataclass(frozen=True, slots=True)
class Scale:
    """How inputs become one space: embeddings as they are, the rest weighted against them."""

    cheap_mean: Vectors = field(repr=False)
    cheap_std: Vectors = field(repr=False)
    task_count: int
    cheap_weight: float
    task_weight: float

    def points(self, inputs: Inputs) -> Vectors:
        """(n x dimensions). A task that is not known is as far from every other."""
        cheap = np.clip((inputs.cheap - self.cheap_mean) / self.cheap_std, -4, 4)
        tasks = np.zeros((len(inputs), self.task_count), np.float32)
        known = inputs.tasks >= 0
        tasks[known, inputs.tasks[known]] = 1.0
        per_feature = self.cheap_weight / np.sqrt(max(cheap.shape[1], 1))
        parts = (inputs.embeddings, per_feature * cheap, self.task_weight * tasks)
        points: Vectors = np.concatenate(parts, axis=1).astype(np.float32)
        return points


def fit_scale(inputs: Inputs, task_count: int, cheap_weight: float, task_weight: float) -> Scale:
    return Scale(
        inputs.cheap.mean(axis=0),
        inputs.cheap.std(axis=0) + np.float32(1e-6),
        task_count,
        cheap_weight,
        task_weight,
    )


def gaussian(points: Vectors, landmarks: Vectors, width: float) -> Vectors:
    """exp(-|x - z|² / 2 width²), (n x landmarks)."""
    squares = (
        (points**2).sum(axis=1)[:, None]
        + (landmarks**2).sum(axis=1)[None]
        - 2 * (points @ landmarks.T)
    )
    near: Vectors = np.exp(np.maximum(squares, 0.0) / (-2 * width**2))
    return near


def draw(n: int, count: int, seed: int) -> Ints:
    """At most `count` of `n` rows, in their order."""
    rows = np.random.default_rng(seed).choice(n, min(n, count), replace=False)
    return np.sort(rows).astype(np.int64)
