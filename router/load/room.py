"""The places that one gateway has at one model: who goes in, who waits, who is turned away. Pure.

What must stay goes first, always: while any of it waits and may go, nothing else goes. Others never
have the places that are reserved, and no team has all of a lane's places while there is headroom.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from router.load.fair_queue import FairQueue, Visitor
from router.load.rules import Lane
from router.load.size import Size


@dataclass(frozen=True, slots=True)
class Level:
    """How many requests of a lane are at a model, and how many wait for it."""

    inside: int
    waiting: int


class Room:
    """Not thread-safe: one event loop asks it and tells it. Each call says of what size it is now.

    A room that has become smaller lets nobody in until enough have left.
    """

    def __init__(self) -> None:
        self._queues = {lane: FairQueue() for lane in Lane}
        self._inside: set[Visitor] = set()
        self._by_lane: Counter[Lane] = Counter()
        self._by_team: Counter[tuple[Lane, str]] = Counter()

    def level(self, lane: Lane) -> Level:
        return Level(self._by_lane[lane], len(self._queues[lane]))

    def arrive(self, visitor: Visitor) -> None:
        """It waits from now on, if only until `admit`."""
        self._queues[visitor.lane].push(visitor)

    def admit(self, size: Size) -> list[Visitor]:
        """Lets in everybody who may go in now; returns them in the order of their turns."""
        admitted: list[Visitor] = []
        while (visitor := self._next(size)) is not None:
            self._inside.add(visitor)
            self._by_lane[visitor.lane] += 1
            self._by_team[visitor.lane, visitor.team] += 1
            admitted.append(visitor)
        return admitted

    def shed(self, lane: Lane, max_waiting: int) -> list[Visitor]:
        """Takes those out of a lane's queue that it has no room for; returns them."""
        queue = self._queues[lane]
        return [queue.pop_newest_of_longest() for _ in range(len(queue) - max_waiting)]

    def leave(self, visitor: Visitor) -> None:
        """It is done, or it waits no longer. Does nothing for one that is not here."""
        if visitor in self._inside:
            self._inside.remove(visitor)
            self._by_lane[visitor.lane] -= 1
            self._by_team[visitor.lane, visitor.team] -= 1
            if not self._by_team[visitor.lane, visitor.team]:
                del self._by_team[visitor.lane, visitor.team]
        else:
            self._queues[visitor.lane].discard(visitor)
        if not self._inside and not any(map(len, self._queues.values())):
            for queue in self._queues.values():
                queue.begin_anew()

    def _next(self, size: Size) -> Visitor | None:
        if len(self._inside) >= size.places:
            return None
        for lane in Lane:
            if self._by_lane[lane] < size.of(lane):
                visitor = self._queues[lane].pop(self._has_places(lane, size))
                if visitor is not None:
                    return visitor
        return None

    def _has_places(self, lane: Lane, size: Size) -> Callable[[str], bool]:
        most = size.of_team(lane)
        return lambda team: self._by_team[lane, team] < most
