"""The format of policy.yaml, key by key. What keys mean together is in check.py and prove.py."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from pydantic import Field

from router.config.validate import ConfigModel, pattern
from router.domain import TEAM_NAME, Tier
from router.registry.schema import DataClassLabel, Region

RouteChoice: TypeAlias = Literal["auto", "fast", "balanced", "reasoning", "private", "any"]
EntityType: TypeAlias = Annotated[
    str,
    pattern(
        r"[A-Z][A-Z0-9_]*",
        "is not an entity type",
        "write it as detectors do, such as EMAIL_ADDRESS",
    ),
]

TeamName: TypeAlias = Annotated[
    str,
    pattern(TEAM_NAME, "is no team's name", "write it as keys do: a-z, 0-9, '.', '_' and '-'"),
]


class DetectionSection(ConfigModel):
    """`min_score` is in [0, 1]; an entity type that is not listed makes a request restricted."""

    deadline_s: Annotated[float, Field(gt=0, le=30)]
    max_characters: Annotated[int, Field(ge=1, le=100_000_000)]
    min_score: Annotated[float, Field(ge=0, le=1)]
    entity_types: dict[EntityType, DataClassLabel]


class BreakerSection(ConfigModel):
    failures_to_open: Annotated[int, Field(ge=1, le=1000)]
    open_s: Annotated[float, Field(gt=0, le=3600)]


class CascadeSection(ConfigModel):
    attempts_per_model: Annotated[int, Field(ge=1, le=10)]
    attempt_timeout_s: Annotated[float, Field(gt=0, le=3600)]
    total_timeout_s: Annotated[float, Field(gt=0, le=3600)]
    backoff_initial_s: Annotated[float, Field(ge=0, le=60)]
    backoff_max_s: Annotated[float, Field(ge=0, le=60)]
    breaker: BreakerSection
    retry_after_s: Annotated[int, Field(ge=1, le=3600)]


class TaintSection(ConfigModel):
    from_data_class: DataClassLabel
    retention_days: Annotated[int, Field(ge=1, le=36_500)]


class PolicyFile(ConfigModel):
    """All of policy.yaml."""

    schema_version: Literal[1] = Field(alias="schema")
    default_data_class: DataClassLabel
    team_floors: dict[TeamName, DataClassLabel]
    residency: dict[DataClassLabel, Annotated[list[Region], Field(min_length=1)]]
    tiers: dict[Tier, list[str]]
    routes: dict[DataClassLabel, dict[RouteChoice, list[Tier]]]
    detection: DetectionSection
    cascade: CascadeSection
    taint: TaintSection
