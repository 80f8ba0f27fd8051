"""Feedback beside what was measured: a shift of each model's quality at a task, in the lookup.

Who gives feedback is no sample of who asked, and which model answered was the router's choice: a
satisfied 0.9 is not a measured 0.9. So only the models' differences in what is said of one task
count, and they count for no more than what was measured there.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np

from benchmarks.routing.outcomes import Floats, Ints
from router.feedback.tally import Said

FEWEST = 30
"""Opinions of one model at one task: with fewer it has said nothing yet."""


@dataclass(frozen=True, slots=True)
class Opinions:
    """Both tasks x models: how many opinions there are, and their mean in [0, 1]; 0 without any."""

    counts: Ints = field(repr=False)
    means: Floats = field(repr=False)

    @property
    def total(self) -> int:
        return int(self.counts.sum())

    @property
    def digest(self) -> str:
        """`sha256:` over all of it."""
        sha256 = hashlib.sha256(np.ascontiguousarray(self.counts, "<i8").tobytes())
        sha256.update(np.ascontiguousarray(self.means, "<f8").tobytes())
        return f"sha256:{sha256.hexdigest()}"


def opinions_of(said: Iterable[Said], task_names: Sequence[str], models: Sequence[str]) -> Opinions:
    """What was said of these models at these tasks, as far as it counts: `FEWEST` opinions or more
    of a model, and of two models at least, or there is no difference.
    """
    counts = np.zeros((len(task_names), len(models)), np.int64)
    means = np.zeros(counts.shape)
    for each in said:
        if each.task in task_names and each.model in models and each.opinions >= FEWEST:
            at = task_names.index(each.task), models.index(each.model)
            counts[at], means[at] = each.opinions, each.mean
    alone = np.count_nonzero(counts, axis=1) < 2
    counts[alone], means[alone] = 0, 0.0
    return Opinions(counts, means)


def shift_of(opinions: Opinions, tasks: Ints, quality: Floats) -> Floats:
    """What feedback adds to the lookup, (tasks + 1) x models; nothing for a task nobody knows.

    `tasks` (n) and `quality` (n x models) are what was measured. In each task opinions are put at
    the level of what was measured of the same models, so that their mean says nothing; what is left
    of each model is averaged with what was measured, by how many there are of either, opinions
    counting for at most as many as items do. No shift is more than half of what was said.
    """
    shift = np.zeros((len(opinions.counts) + 1, quality.shape[1]))
    for task, (counts, means) in enumerate(zip(opinions.counts, opinions.means, strict=True)):
        asked = tasks == task
        items = int(asked.sum())
        if not items or not counts.any():
            continue
        weights = np.minimum(counts, items).astype(float)
        above = means - quality[asked].mean(axis=0)
        level = float(weights @ above) / float(weights.sum())
        shift[task] = weights / (weights + items) * (above - level)
    return shift
