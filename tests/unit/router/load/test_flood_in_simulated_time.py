"""What a flood does to others, in simulated time: the same in every run, to the last digit."""

from __future__ import annotations

import heapq
from dataclasses import dataclass, field
from itertools import count

import pytest

from router.load.fair_queue import Visitor
from router.load.room import Room
from router.load.rules import Lane
from router.load.size import Size

SERVICE_S = 1.0


@dataclass
class Simulation:
    """A model that takes as long for each request, however many it has."""

    size: Size
    now_s: float = 0.0
    arrived_s: dict[Visitor, float] = field(default_factory=dict)
    latencies_s: dict[str, list[float]] = field(default_factory=dict)
    _events: list[tuple[float, int, str, Visitor]] = field(default_factory=list)
    _order: count[int] = field(default_factory=count)
    _room: Room = field(default_factory=Room)

    def arrival(self, at_s: float, team: str, lane: Lane = Lane.MUST_STAY) -> None:
        heapq.heappush(self._events, (at_s, next(self._order), "arrives", Visitor(lane, team)))

    def run(self, until_s: float) -> None:
        while self._events and self._events[0][0] <= until_s:
            self.now_s, _, what, visitor = heapq.heappop(self._events)
            if what == "arrives":
                self.arrived_s[visitor] = self.now_s
                self._room.arrive(visitor)
            else:
                latency_s = self.now_s - self.arrived_s[visitor]
                self.latencies_s.setdefault(visitor.team, []).append(latency_s)
                self._room.leave(visitor)
            for admitted in self._room.admit(self.size):
                done = (self.now_s + SERVICE_S, next(self._order), "leaves", admitted)
                heapq.heappush(self._events, done)

    def p95_s(self, team: str) -> float:
        ordered = sorted(self.latencies_s[team])
        return ordered[-(-95 * len(ordered) // 100) - 1]


def simulated(size: Size, *, flood: int, flood_lane: Lane = Lane.MUST_STAY) -> Simulation:
    """A quiet team asks twice a second for a minute; a flood comes all at once, and again."""
    simulation = Simulation(size)
    for number in range(120):
        simulation.arrival(1.1 + number * 0.5, "quiet")
    for second in range(0, 60, 5):
        for _ in range(flood):
            simulation.arrival(second, "flood", flood_lane)
    simulation.run(until_s=100_000)
    return simulation


@pytest.mark.parametrize("places", [16, 64])
def test_a_flood_of_one_team_does_not_move_what_another_waits(places: int) -> None:
    size = Size(places, places // 2, 0.2)
    calm, flooded = simulated(size, flood=0), simulated(size, flood=500)
    assert flooded.p95_s("flood") > 10 * SERVICE_S
    assert flooded.p95_s("quiet") < 1.2 * calm.p95_s("quiet")


def test_without_headroom_another_team_waits_for_one_place_and_no_longer() -> None:
    flooded = simulated(Size(4, 0, 0.0), flood=500)
    assert max(flooded.latencies_s["quiet"]) <= 2 * SERVICE_S


def test_a_flood_of_what_may_go_elsewhere_moves_nothing_that_must_stay() -> None:
    size = Size(4, 2, 0.2)
    calm = simulated(size, flood=0)
    flooded = simulated(size, flood=500, flood_lane=Lane.OTHERS)
    assert flooded.p95_s("quiet") == calm.p95_s("quiet")


def test_places_that_one_team_may_have_are_all_used() -> None:
    """400 requests of a second each on 10 places, of which one team has 8."""
    simulation = Simulation(Size(10, 0, 0.2))
    for _ in range(400):
        simulation.arrival(0.0, "alone")
    simulation.run(until_s=50.0)
    assert len(simulation.latencies_s["alone"]) == 400
