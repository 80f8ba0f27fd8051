"""The format of `gate` in policy.yaml."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from pydantic import Field

from router.config.validate import ConfigModel, pattern
from router.domain import TEAM_NAME
from router.gate.rules import DEFAULT_MARGIN, DEFAULT_MAX_AGE_DAYS, DEFAULT_SLICE_MARGIN
from router.registry.schema_providers import DataClassLabel
from router.task import Task

_Name: TypeAlias = Annotated[
    str,
    pattern(
        r"[a-z0-9][a-z0-9._-]{0,63}",
        "is no name of a slice",
        "write it in a-z, 0-9, '.', '_' and '-', such as clinic-summaries",
    ),
]
_Team: TypeAlias = Annotated[
    str,
    pattern(TEAM_NAME, "is no team or purpose", "write it as keys do: a-z, 0-9, '.', '_' and '-'"),
]


_FileName: TypeAlias = Annotated[str, Field(min_length=1, max_length=200)]
_Sha256: TypeAlias = Annotated[
    str,
    pattern(r"[0-9a-f]{64}", "is no sha256", "write 64 hex digits: sha256sum FILE"),
]


class CriticalSliceEntry(ConfigModel):
    """Requests that no harm may be done to, whatever is won elsewhere; at least one more key.

    `margin` is a share: what answers in it may lose at most, by a bound that holds with 95%.
    """

    name: _Name
    task: Task | None = None
    suite: Annotated[str, Field(min_length=1, max_length=100)] | None = None
    data_class: DataClassLabel | None = None
    choice: Literal["auto", "fast", "balanced", "reasoning", "private"] | None = None
    stakes: Annotated[str, Field(min_length=1, max_length=64)] | None = None
    team: _Team | None = None
    purpose: _Team | None = None
    margin: Annotated[float, Field(ge=0.01, le=0.2)] = DEFAULT_SLICE_MARGIN


class GateSection(ConfigModel):
    """What has to be shown of other rules before they may take the place of these.

    `margin` is a share of the whole score, .02 for two points of a hundred. `misroutes` names the
    files of golden cases that must have been checked, by their sha256; the name is for people.
    `traffic` is the sha256 of the file that says what is asked for, and without it every kind of
    request counts alike.
    """

    required: bool = False
    margin: Annotated[float, Field(ge=0.001, le=0.2)] = DEFAULT_MARGIN
    max_age_days: Annotated[int, Field(ge=1, le=3_650)] = DEFAULT_MAX_AGE_DAYS
    critical_slices: list[CriticalSliceEntry] = Field(default_factory=list)
    shipped_misroutes: bool = True
    misroutes: dict[_FileName, _Sha256] = Field(default_factory=dict)
    traffic: _Sha256 | None = None
