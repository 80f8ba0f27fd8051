"""What the policy says about overload: places, what is kept of them and for whom, and patience."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from router.domain import DataClass


class Lane(StrEnum):
    """Two lanes lead to a model, in the order of precedence."""

    MUST_STAY = "must_stay"
    OTHERS = "others"


@dataclass(frozen=True, slots=True)
class LaneRules:
    """How long a request waits in all, whatever it waits for, and how many wait at one model."""

    max_wait_s: float
    max_waiting: int


@dataclass(frozen=True, slots=True)
class ModelCapacity:
    """How many requests may be at a model at once.

    `concurrent` is of each gateway. Where it is None, gateways share what the replicas take:
    `per_replica` of each, of as many as run, or of `replicas` while nobody knows how many do.
    `reserved` is the share, 0 to 1, that only what must stay gets.
    """

    concurrent: int | None = None
    per_replica: int = 1
    replicas: int = 1
    reserved: float = 0.0


@dataclass(frozen=True, slots=True)
class CapacityRules:
    """`models` by registry key; a model that is not there has no limit.

    `headroom` is the share of a lane's places that no team gets alone. `before_next_s` is how long
    is waited for a model while another one of the plan is untried. `weights` are shares of teams
    among each other, 1 for a team that is not there. `gateways` is how many there are while nobody
    has counted them.
    """

    must_stay_from: DataClass = DataClass.CONFIDENTIAL
    must_stay: LaneRules = LaneRules(max_wait_s=60.0, max_waiting=1_000)
    others: LaneRules = LaneRules(max_wait_s=10.0, max_waiting=200)
    before_next_s: float = 1.0
    headroom: float = 0.2
    gateways: int = 1
    weights: Mapping[str, float] = field(default_factory=dict)
    models: Mapping[str, ModelCapacity] = field(default_factory=dict)

    def lane(self, lane: Lane) -> LaneRules:
        return self.must_stay if lane is Lane.MUST_STAY else self.others

    def weight(self, team: str) -> float:
        return self.weights.get(team, 1.0)
