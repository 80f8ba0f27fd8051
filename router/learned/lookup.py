"""Expected quality by task alone: what a learned router must beat, and what it shrinks to."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from router.learned.examples import Ints, Vectors


@dataclass(frozen=True, slots=True)
class TaskLookup:
    """`quality` is (tasks + 1) x models; the last row is for a task that is not known, index -1."""

    quality: Vectors = field(repr=False)

    def predict(self, tasks: Ints) -> Vectors:
        """(n x models) for n task indices."""
        found: Vectors = self.quality[tasks]
        return found


def fit_lookup(tasks: Ints, scores: Vectors, task_count: int) -> TaskLookup:
    """Means by task and model, each shrunk towards its model's mean over all tasks.

    By how much is estimated from the scores: empirical Bayes for a random-effects model, with the
    variance between tasks by the method of moments (DerSimonian and Laird, 1986). A task of few
    questions says little, and one that nobody asked says nothing.
    """
    rows: list[Vectors] = []
    overall = scores.mean(axis=0)
    counts = np.bincount(tasks[tasks >= 0], minlength=task_count).astype(float)
    for task in range(task_count):
        rows.append(scores[tasks == task].mean(axis=0) if counts[task] else overall)
    means = np.stack([*rows, overall])
    between = means[:-1] - overall
    within = max(len(scores) - task_count, 1)
    known = tasks >= 0
    noise = ((scores[known] - means[tasks[known]]) ** 2).sum(axis=0) / within
    total = counts.sum()
    spread = (counts[:, None] * between**2).sum(axis=0) - (np.count_nonzero(counts) - 1) * noise
    variance = np.maximum(spread / max(total - (counts**2).sum() / max(total, 1.0), 1.0), 0.0)
    trust = counts[:, None] * variance / (counts[:, None] * variance + noise + 1e-12)
    means[:-1] = overall + trust * between
    return TaskLookup(means.astype(np.float32))
