"""How many places a model has for each lane and team. Pure."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Protocol

from router.load.rules import CapacityRules, Lane, ModelCapacity


class Fleet(Protocol):
    """What runs now. None where nobody knows: the rules are taken at their word then."""

    def replicas(self, model: str) -> int | None: ...

    def gateways(self) -> int | None: ...


class FleetAsWritten:
    """For whoever has nobody to ask."""

    def replicas(self, model: str) -> int | None:
        return None

    def gateways(self) -> int | None:
        return None


@dataclass(frozen=True, slots=True)
class Size:
    """`reserved` of `places` are for what must stay; `headroom` is the share no team gets alone."""

    places: int
    reserved: int = 0
    headroom: float = 0.0

    def of(self, lane: Lane) -> int:
        return self.places if lane is Lane.MUST_STAY else self.places - self.reserved

    def of_team(self, lane: Lane) -> int:
        """What one team may have at once in a lane: at least one place, if the lane has any."""
        return self.of(lane) - int(self.of(lane) * self.headroom)


def size_of(name: str, model: ModelCapacity, rules: CapacityRules, fleet: Fleet) -> Size:
    """What this gateway may use of the model; what is reserved is rounded up.

    A model none of whose replicas runs has places all the same: that it is down is for its backend
    to say, and not a matter of waiting.
    """
    places = model.concurrent
    if places is None:
        running = fleet.replicas(name) or model.replicas
        places = max(1, running * model.per_replica // (fleet.gateways() or rules.gateways))
    return Size(places, math.ceil(places * model.reserved), rules.headroom)
