"""What the policy says about the order of permitted models, beside what is written there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path

from router.features.rules import TaskRules
from router.task import Preference, Task


class RankBy(StrEnum):
    """`written` keeps the policy's order."""

    UTILITY = "utility"
    WRITTEN = "written"


@dataclass(frozen=True, slots=True)
class Weights:
    """What utility is lost or won by, in parts of one right answer; see `policy/utility.py`.

    `quality` by an answer that is right; `cost` by each US dollar that a request costs; `latency`
    by an answer that takes exactly as long as the objective.
    """

    quality: float = 1.0
    cost: float = 1.0
    latency: float = 0.0

    def preferring(
        self, preference: Preference | None, times: Mapping[Preference, float]
    ) -> Weights:
        """With the weight of what a caller prefers as many times as high as the policy says."""
        if preference is None:
            return self
        factor = times.get(preference, 1.0)
        match preference:
            case Preference.QUALITY:
                return replace(self, quality=self.quality * factor)
            case Preference.COST:
                return replace(self, cost=self.cost * factor)
            case Preference.LATENCY:
                return replace(self, latency=self.latency * factor)


@dataclass(frozen=True, slots=True)
class ConversationRules:
    """A conversation keeps its model for `keep_s` after its last answer.

    It goes to another one whose utility is higher by more than `min_gain`, what is lost with the
    prefix cache taken off.
    """

    keep_s: float
    min_gain: float


@dataclass(frozen=True, slots=True)
class LearnedReference:
    """What a learned router is loaded from; `sha256` is 64 hex digits over the file."""

    path: Path
    sha256: str


@dataclass(frozen=True, slots=True)
class RoutingRules:
    """By default all is as it is written, and no conversation is remembered.

    `rank_auto` is of the tiers of a route that `auto` leads along, taken together; `rank_tiers` of
    the models inside one tier. `prefer` says how many times the weight of what a caller prefers
    counts, `team_max_latency_ms` within which a team would have its answers where nobody says.
    `embedders` are keys of models, by the task whose texts they embed for `auto`.
    """

    tasks: TaskRules = field(default_factory=TaskRules)
    rank_auto: RankBy = RankBy.WRITTEN
    rank_tiers: RankBy = RankBy.WRITTEN
    weights: Weights = field(default_factory=Weights)
    prefer: Mapping[Preference, float] = field(default_factory=dict)
    team_max_latency_ms: Mapping[str, int] = field(default_factory=dict)
    conversation: ConversationRules | None = None
    learned: LearnedReference | None = None
    embedders: Mapping[Task, str] = field(default_factory=dict)

    @property
    def ranks_by_utility(self) -> bool:
        """Whether anything does, so that somebody has to look how models stand."""
        return RankBy.UTILITY in (self.rank_auto, self.rank_tiers)
