"""A room under all that can happen to it, checked against what was promised after each step."""

from __future__ import annotations

from collections import defaultdict

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    invariant,
    rule,
)

from router.load.fair_queue import Visitor
from router.load.room import Room
from router.load.rules import Lane
from router.load.size import Size

SIZES = st.builds(
    lambda places, reserved, headroom: Size(places, min(reserved, places), headroom),
    st.integers(1, 8),
    st.integers(0, 8),
    st.sampled_from([0.0, 0.2, 0.5]),
)


class RoomMachine(RuleBasedStateMachine):
    """Keeps its own books of who is inside and who waits, in order of arrival."""

    here = Bundle("here")

    def __init__(self) -> None:
        super().__init__()
        self.room = Room()
        self.size = Size(4, 2, 0.2)
        self.inside: list[Visitor] = []
        self.waiting: list[Visitor] = []

    @rule(
        target=here,
        lane=st.sampled_from(Lane),
        team=st.sampled_from(["a", "b", "c"]),
        cost=st.integers(1, 100),
    )
    def arrive(self, lane: Lane, team: str, cost: int) -> Visitor:
        visitor = Visitor(lane, team, cost)
        self.waiting.append(visitor)
        self.room.arrive(visitor)
        self.admit()
        return visitor

    @rule(visitor=consumes(here))
    def leave(self, visitor: Visitor) -> None:
        """Done, cancelled while it waited, or turned away before: whichever it is."""
        for books in (self.inside, self.waiting):
            if visitor in books:
                books.remove(visitor)
        self.room.leave(visitor)
        self.room.leave(visitor)
        self.admit()

    @rule(size=SIZES)
    def resize(self, size: Size) -> None:
        self.size = size
        self.admit()

    @rule(lane=st.sampled_from(Lane), most=st.integers(0, 5))
    def shed(self, lane: Lane, most: int) -> None:
        queued = [visitor for visitor in self.waiting if visitor.lane is lane]
        gone = self.room.shed(lane, most)
        assert len(gone) == max(0, len(queued) - most)
        for visitor in gone:
            mine = sum(each.team == visitor.team for each in queued)
            assert all(sum(each.team == team for each in queued) <= mine for team in "abc")
            assert [each for each in queued if each.team == visitor.team][-1] is visitor
            queued.remove(visitor)
            self.waiting.remove(visitor)

    def admit(self) -> None:
        free = self.size.places - len(self.inside)
        for visitor in self.room.admit(self.size):
            first = next(
                each
                for each in self.waiting
                if (each.lane, each.team) == (visitor.lane, visitor.team)
            )
            assert visitor is first, "within a team who came first goes first"
            self.waiting.remove(visitor)
            self.inside.append(visitor)
            free -= 1
            assert free >= 0, "more than there are places for"
            self._check_shares(visitor)

    def _check_shares(self, admitted: Visitor) -> None:
        of_lane = [each for each in self.inside if each.lane is admitted.lane]
        assert len(of_lane) <= self.size.of(admitted.lane), "others took a reserved place"
        of_team = [each for each in of_lane if each.team == admitted.team]
        assert len(of_team) <= self.size.of_team(admitted.lane), "one team took the headroom"
        if admitted.lane is Lane.OTHERS:
            assert not self._may_go(Lane.MUST_STAY, ahead_of=admitted), "it went before its turn"

    def _may_go(self, lane: Lane, ahead_of: Visitor | None = None) -> list[Visitor]:
        """Who waits in a lane although there are places for it."""
        inside = [each for each in self.inside if each is not ahead_of]
        if len(inside) >= self.size.places:
            return []
        by_team: dict[str, int] = defaultdict(int)
        for each in inside:
            by_team[each.team] += each.lane is lane
        if sum(by_team.values()) >= self.size.of(lane):
            return []
        most = self.size.of_team(lane)
        return [v for v in self.waiting if v.lane is lane and by_team[v.team] < most]

    @invariant()
    def nobody_waits_for_a_place_that_is_free(self) -> None:
        assert not any(self._may_go(lane) for lane in Lane)

    @invariant()
    def no_place_is_lost(self) -> None:
        for lane in Lane:
            level = self.room.level(lane)
            assert level.inside == sum(each.lane is lane for each in self.inside)
            assert level.waiting == sum(each.lane is lane for each in self.waiting)

    def teardown(self) -> None:
        """No starvation: as places are given back, everybody who has a lane gets one."""
        self.size = Size(2, 1, 0.2)
        self.admit()
        for _ in range(len(self.inside) + len(self.waiting)):
            if self.inside:
                visitor = self.inside.pop(0)
                self.room.leave(visitor)
                self.admit()
        assert not self.inside
        assert not self.waiting


TestRoom = RoomMachine.TestCase
TestRoom.settings = settings(max_examples=40, stateful_step_count=30, deadline=None)
