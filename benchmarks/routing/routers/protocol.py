"""What a router is to this benchmark."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

from benchmarks.routing.outcomes import Floats, Ints
from router.learned.examples import Inputs


@dataclass(frozen=True, slots=True)
class Training:
    """Requests, and what each of `m` models made of them: both figures n x m."""

    inputs: Inputs
    quality: Floats = field(repr=False)
    cost_usd: Floats = field(repr=False)
    task_count: int
    seed: int


class Fitted(Protocol):
    def estimates(self, inputs: Inputs, pool: Ints) -> Floats:
        """What speaks for each model of the pool, n x len(pool); -inf for one it never chooses.

        Where the greater is better and differences are worth money: what is routed by is the
        estimate less a price times the cost.
        """
        ...


class Router(Protocol):
    @property
    def name(self) -> str: ...

    def fit(self, training: Training) -> Fitted: ...
