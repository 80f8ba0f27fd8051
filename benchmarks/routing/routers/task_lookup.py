"""Baseline: each model's mean by task. Hard to beat, where the task is known."""

from __future__ import annotations

from dataclasses import dataclass

from benchmarks.routing.outcomes import Floats, Ints
from benchmarks.routing.routers.protocol import Training
from router.learned.examples import Inputs
from router.learned.lookup import TaskLookup, fit_lookup


@dataclass(frozen=True, slots=True)
class LookupRouter:
    name: str = "task lookup"

    def fit(self, training: Training) -> FittedLookup:
        quality = training.quality.astype("float32")
        return FittedLookup(fit_lookup(training.inputs.tasks, quality, training.task_count))


@dataclass(frozen=True, slots=True)
class FittedLookup:
    lookup: TaskLookup

    def estimates(self, inputs: Inputs, pool: Ints) -> Floats:
        return self.lookup.predict(inputs.tasks)[:, pool].astype(float)
