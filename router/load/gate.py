"""The door of one model's room: requests wait before it, and hold a place behind it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from enum import Enum, auto
from functools import partial

from router.errors import BackendDrained, NoRoom
from router.load.fair_queue import Visitor
from router.load.place import Place
from router.load.room import Level, Room
from router.load.rules import Lane
from router.load.size import Size
from router.load.turnover import Turnover
from router.protocols import Clock


class _Turn(Enum):
    """How waiting ends, but for one's own patience."""

    ADMITTED = auto()
    SHED = auto()
    DRAINED = auto()


class Gate:
    """Of one event loop. `size` is asked whenever somebody comes or goes, and may change."""

    def __init__(self, size: Callable[[], Size], clock: Clock) -> None:
        self._size = size
        self._clock = clock
        self._room = Room()
        self._turnover = Turnover()
        self._turns: dict[Visitor, asyncio.Future[_Turn]] = {}

    def level(self, lane: Lane) -> Level:
        return self._room.level(lane)

    @property
    def waiting(self) -> int:
        return sum(self._room.level(lane).waiting for lane in Lane)

    @property
    def inside(self) -> int:
        """Whoever has been let in, if they know it yet or not."""
        return sum(self._room.level(lane).inside for lane in Lane)

    def turn_away(self) -> int:
        """Sends away everybody who waits, as drained; returns how many those were."""
        away = [visitor for lane in Lane for visitor in self._room.shed(lane, 0)]
        for visitor in away:
            self._decide(visitor, _Turn.DRAINED)
        return len(away)

    async def enter(self, visitor: Visitor, *, wait_s: float, max_waiting: int) -> Place:
        """Waits for a place, `wait_s` at most. Who is cancelled meanwhile has left the queue.

        Raises BackendDrained if it is turned away. Raises NoRoom when its time is over; and at once
        where the lane has no place at all, or more than `max_waiting` would wait and it is this one
        that has to go.
        """
        lane, size = visitor.lane, self._size()
        if size.of(lane) < 1:
            raise self._no_room(lane, size)
        turn = self._turns[visitor] = asyncio.get_running_loop().create_future()
        self._room.arrive(visitor)
        self._admit(size)
        for shed in self._room.shed(lane, max_waiting):
            self._decide(shed, _Turn.SHED)
        waited = not turn.done()
        try:
            if waited:
                async with asyncio.timeout(wait_s):
                    await turn
        except TimeoutError:
            # A place that came just now goes to the next one.
            self._leave(visitor)
            raise self._no_room(lane, size) from None
        except BaseException:
            self._leave(visitor)
            raise
        if turn.result() is _Turn.DRAINED:
            raise BackendDrained("its drain was over while this one waited")
        if turn.result() is _Turn.SHED:
            raise self._no_room(lane, size)
        entered_s = self._clock.monotonic_s()
        return Place(waited=waited, give_back=partial(self._give_back, visitor, entered_s))

    def _give_back(self, visitor: Visitor, entered_s: float) -> None:
        self._turnover.held(self._clock.monotonic_s() - entered_s)
        self._leave(visitor)

    def _leave(self, visitor: Visitor) -> None:
        self._turns.pop(visitor, None)
        self._room.leave(visitor)
        self._admit(self._size())

    def _admit(self, size: Size) -> None:
        for visitor in self._room.admit(size):
            self._decide(visitor, _Turn.ADMITTED)

    def _decide(self, visitor: Visitor, result: _Turn) -> None:
        turn = self._turns.pop(visitor)
        # It may have been cancelled, and not have left yet.
        if not turn.done():
            turn.set_result(result)

    def _no_room(self, lane: Lane, size: Size) -> NoRoom:
        """All that waits in this lane, and in those that go before it, is ahead of who returns."""
        lanes = list(Lane)
        before = lanes[: lanes.index(lane) + 1]
        ahead = sum(self._room.level(each).waiting for each in before)
        return NoRoom("no place in time", self._turnover.wait_s(ahead, size.of(lane)))
