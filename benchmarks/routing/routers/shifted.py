"""A router that feedback has a say in: what it expects, shifted by what callers said of a task."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from benchmarks.routing.opinions import Opinions, shift_of
from benchmarks.routing.outcomes import Floats, Ints
from benchmarks.routing.routers.protocol import Fitted, Router, Training
from router.learned.examples import Inputs


@dataclass(frozen=True, slots=True)
class Shifted:
    """The shift is of what the router is fitted to, so that nothing held out is in it."""

    router: Router
    opinions: Opinions = field(repr=False)

    @property
    def name(self) -> str:
        return self.router.name

    def fit(self, training: Training) -> FittedShifted:
        shift = shift_of(self.opinions, training.inputs.tasks, training.quality)
        return FittedShifted(self.router.fit(training), shift)


@dataclass(frozen=True, slots=True)
class FittedShifted:
    fitted: Fitted
    shift: Floats = field(repr=False)

    def estimates(self, inputs: Inputs, pool: Ints) -> Floats:
        expected = self.fitted.estimates(inputs, pool) + self.shift[inputs.tasks][:, pool]
        clipped: Floats = np.clip(expected, 0.0, 1.0)
        return clipped
