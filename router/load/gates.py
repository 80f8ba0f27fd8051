"""A gate before every model that has a limit, under the rules that are in force."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from functools import partial

from router.errors import BackendDrained
from router.load.fair_queue import Visitor
from router.load.gate import Gate
from router.load.place import Place
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


@dataclass(frozen=True, slots=True)
class Presence:
    """Requests at a model: those that run, those that wait, and those that a drain has ended.

    `turned_away` waited and went on to other models; `cut` ran.
    """

    running: int = 0
    waiting: int = 0
    cut: int = 0
    turned_away: int = 0

    @property
    def is_nobody(self) -> bool:
        return not self.running and not self.waiting


class Gates:
    """Lives as long as the gateway: requests of all policies share the places.

    One event loop goes through the gates; `follow`, `drain`, `end` and `presence` may be called on
    any thread.
    """

    def __init__(
        self, clock: Clock, fleet: Fleet | None = None, rules: CapacityRules | None = None
    ) -> None:
        self._clock = clock
        self._fleet = fleet or FleetAsWritten()
        self._rules = rules or CapacityRules()
        self._gates: dict[str, Gate] = {}
        self._inside: dict[str, set[Place]] = {}
        self._drained: frozenset[str] = frozenset()
        self._ended: dict[str, Presence] = {}
        self._loop: asyncio.AbstractEventLoop | None = None

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
        """A place at the model (a registry key), as `Gate.enter`; `cost` is in tokens.

        Raises BackendDrained for one that is drained.
        """
        if model in self._drained:
            raise BackendDrained("it is drained")
        self._loop = asyncio.get_running_loop()
        place = await self._wait(model, claim, cost, wait_s)
        if (ended := self._ended.get(model)) is not None:
            self._ended[model] = replace(ended, turned_away=ended.turned_away + 1)
            place.release()
            raise BackendDrained("its drain was over while this one waited")
        inside = self._inside.setdefault(model, set())
        inside.add(place)
        place.on_release(partial(inside.discard, place))
        return place

    def drain(self, models: Collection[str]) -> None:
        """From now on nobody is let in to wait for these; for all others that is over."""
        over, self._drained = self._drained - frozenset(models), frozenset(models)
        if self._loop is not None:
            for model in over:
                self._loop.call_soon_threadsafe(self._ended.pop, model, None)

    def end(self, model: str) -> None:
        """Ends, soon, whatever is at a drained model still, and counts it."""
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._end, model)

    def presence(self, model: str) -> Presence:
        gate = self._gates.get(model)
        waiting = 0 if gate is None else gate.waiting
        inside = 0 if gate is None else gate.inside
        # Whoever has just been let in is only known to the gate. What was ended is read last, so
        # that nobody is missed between the two.
        running = max(inside, len(self._inside.get(model, ())))
        return replace(self._ended.get(model, Presence()), running=running, waiting=waiting)

    def load(self) -> dict[str, Load]:
        """By registry key, of every model that anybody has asked a place at."""
        return {
            model: Load(self._size(model), {lane: gate.level(lane) for lane in Lane})
            for model, gate in self._gates.items()
        }

    async def _wait(self, model: str, claim: Claim, cost: float, wait_s: float) -> Place:
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

    def _end(self, model: str) -> None:
        if model not in self._drained:
            return  # any more
        gate, inside = self._gates.get(model), tuple(self._inside.get(model, ()))
        before = self._ended.get(model, Presence())
        turned_away = 0 if gate is None else gate.turn_away()
        self._ended[model] = replace(
            before, cut=before.cut + len(inside), turned_away=before.turned_away + turned_away
        )
        for place in inside:
            place.cut()

    def _size(self, model: str) -> Size:
        rules = self._rules
        limited = rules.models.get(model)
        if limited is None:
            return _UNLIMITED
        return size_of(model, limited, rules, self._fleet)


_UNLIMITED = Size(places=2**31)
"""Of a model whose limit was taken away while requests waited for it."""
