"""The format of `capacity` in policy.yaml."""

from __future__ import annotations

from typing import Annotated, TypeAlias

from pydantic import Field

from router.config.validate import ConfigModel, pattern
from router.domain import TEAM_NAME
from router.registry.schema_providers import DataClassLabel

_Team: TypeAlias = Annotated[
    str,
    pattern(TEAM_NAME, "is no team's name", "write it as keys do: a-z, 0-9, '.', '_' and '-'"),
]
_Share: TypeAlias = Annotated[float, Field(ge=0, le=1)]
_Wait: TypeAlias = Annotated[float, Field(ge=0, le=3_600)]


class LaneEntry(ConfigModel):
    """How long a request waits in all, and how many at one model; or what is usual."""

    max_wait_s: _Wait | None = None
    max_waiting: Annotated[int, Field(ge=0, le=100_000)] | None = None


class ModelCapacityEntry(ConfigModel):
    """`concurrent` is of each gateway; left out, gateways share what the engine's replicas take."""

    concurrent: Annotated[int, Field(ge=1, le=100_000)] | None = None
    reserved_for_private: _Share | None = None


class CapacitySection(ConfigModel):
    """Who goes first, and who waits how long, where more is asked of a model than it can do.

    `reserved_for_private` is of the models of the tier private, unless a model says its own. Models
    are named by id, for all versions alike, or by id@version.
    """

    must_stay_from: DataClassLabel = "confidential"
    reserved_for_private: _Share = 0.5
    headroom_for_other_teams: Annotated[float, Field(ge=0, lt=1)] = 0.2
    before_next_s: _Wait = 1.0
    must_stay: LaneEntry = Field(default_factory=LaneEntry)
    others: LaneEntry = Field(default_factory=LaneEntry)
    weights: dict[_Team, Annotated[float, Field(ge=0.01, le=1_000)]] = Field(default_factory=dict)
    gateways: Annotated[int, Field(ge=1, le=1_000)] = 1
    models: dict[str, ModelCapacityEntry] = Field(default_factory=dict)
