"""One lane's queue: teams take turns by what they have had, and each team's requests keep order.

Start-time fair queueing (Goyal, Vin and Cheng, "Start-time Fair Queueing", 1996), with many places
in the place of one link (Jin, Chase and Kaur, "Interposed Proportional Sharing", 2004): a team's
tag is the virtual time at which its next request begins. It grows by cost over weight with every
request that goes; virtual time is the latest tag that went. A team that comes back after a while
begins at virtual time: what it did not use is not saved up.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from router.load.rules import Lane


@dataclass(frozen=True, slots=True, eq=False)
class Visitor:
    """One request at one model. `cost` is in tokens, estimated; `weight` is its team's."""

    lane: Lane
    team: str
    cost: float = 1.0
    weight: float = 1.0


class FairQueue:
    """Pure, and not thread-safe. Each call takes time in the number of teams that wait."""

    def __init__(self) -> None:
        self._waiting: dict[str, deque[Visitor]] = {}
        self._tags: dict[str, float] = {}
        self._virtual_time = 0.0

    def __len__(self) -> int:
        return sum(map(len, self._waiting.values()))

    def push(self, visitor: Visitor) -> None:
        team = visitor.team
        if team not in self._waiting:
            self._waiting[team] = deque()
            self._tags[team] = max(self._tags.get(team, 0.0), self._virtual_time)
        self._waiting[team].append(visitor)

    def pop(self, may_go: Callable[[str], bool]) -> Visitor | None:
        """The first of the team whose turn it is among those that may go; None if none may."""
        team = min(filter(may_go, self._waiting), key=self._tags.__getitem__, default=None)
        if team is None:
            return None
        visitor = self._waiting[team].popleft()
        self._forget_if_empty(team)
        tag = self._tags[team]
        self._virtual_time = max(self._virtual_time, tag)
        self._tags[team] = tag + visitor.cost / visitor.weight
        return visitor

    def discard(self, visitor: Visitor) -> None:
        """For one that waits no longer, if it is here at all; its team is not charged."""
        if visitor in self._waiting.get(visitor.team, ()):
            self._waiting[visitor.team].remove(visitor)
            self._forget_if_empty(visitor.team)

    def pop_newest_of_longest(self) -> Visitor:
        """Who makes room in a full queue: the last to come of the team with the most waiting.

        A flood is turned away, and not who comes after it. Raises ValueError if nobody waits.
        """
        team = max(self._waiting, key=lambda name: len(self._waiting[name]))
        visitor = self._waiting[team].pop()
        self._forget_if_empty(team)
        return visitor

    def begin_anew(self) -> None:
        """Forgets who had what. For when nobody waits and nobody is being served."""
        self._tags.clear()
        self._virtual_time = 0.0

    def _forget_if_empty(self, team: str) -> None:
        if not self._waiting[team]:
            del self._waiting[team]
