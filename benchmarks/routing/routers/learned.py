"""Ours: the estimator that the gateway runs, fitted as `ringfence route train` fits it."""

from __future__ import annotations

from dataclasses import dataclass, field

from benchmarks.routing.outcomes import Floats, Ints
from benchmarks.routing.routers.protocol import Training
from benchmarks.routing.temper import fit_tempered
from router.learned.estimator import Estimator
from router.learned.examples import Inputs

NAME = "ringfence"


@dataclass(frozen=True, slots=True)
class LearnedRouter:
    name: str = NAME

    def fit(self, training: Training) -> FittedLearned:
        return FittedLearned(fit_tempered(training))


@dataclass(frozen=True, slots=True)
class FittedLearned:
    estimator: Estimator = field(repr=False)

    def estimates(self, inputs: Inputs, pool: Ints) -> Floats:
        return self.estimator.predict(inputs)[:, pool].astype(float)
