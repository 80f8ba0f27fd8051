"""A gate before every model that has a limit, under the rules that are in force."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

from router.load.fair_queue import Visitor
from router.load.gate import Gate, Place
from router.load.room import Level
from router.load.rules import CapacityRules, Lane
from router.load.size import Fleet, FleetAsWritten, Size, size_of
from router.protocols import Clock


@dataclass(frozen=True, slots=True)
class Claim:
    """For whom a place is asked."""

    team: str
    lane: Lane


@dataclass(frozen=True, slots=True)
class Load:
    """What one gateway has at one model."""

    size: Size
    levels: Mapping[Lane, Level]


class Gates:
    """Lives as long as the gateway: requests of all policies share the places.

    One event loop goes through the gates; `follow` may be called on any thread.
    """

    def __init__(
        self, clock: Clock, fleet: Fleet | None = None, rules: CapacityRules | None = None
    ) -> None:
        self._clock = clock
        self._fleet = fleet or FleetAsWritten()
        self._rules = rules or CapacityRules()
        self._gates: dict[str, Gate] = {}

    def follow(self, rules: CapacityRules) -> None:
        """From now on these hold, for what waits already as well."""
        self._rules = rules

    def patience_s(self, lane: Lane) -> float:
        """How long a request may wait in all."""
        return self._rules.lane(lane).max_wait_s

    def patience_before_next_s(self) -> float:
        """How long it may wait for a model while it has another one to go to."""
        return self._rules.before_next_s

    async def enter(self, model: str, claim: Claim, *, cost: float, wait_s: float) -> Place:
        """A place at the model (a registry key), as `Gate.enter`; `cost` is in tokens."""
        rules = self._rules
        if model not in rules.models:
            return Place()
        visitor = Visitor(claim.lane, claim.team, cost, rules.weight(claim.team))
        gate = self._gates.get(model)
        if gate is None:
            gate = self._gates[model] = Gate(partial(self._size, model), self._clock)
        return await gate.enter(
            visitor, wait_s=wait_s, max_waiting=rules.lane(claim.lane).max_waiting
        )

    def load(self) -> dict[str, Load]:
        """By registry key, of every model that anybody has asked a place at."""
        return {
            model: Load(self._size(model), {lane: gate.level(lane) for lane in Lane})
            for model, gate in self._gates.items()
        }

    def _size(self, model: str) -> Size:
        rules = self._rules
        limited = rules.models.get(model)
        if limited is None:
            return _UNLIMITED
        return size_of(model, limited, rules, self._fleet)


_UNLIMITED = Size(places=2**31)
"""Of a model whose limit was taken away while requests waited for it."""
