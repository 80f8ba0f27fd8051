"""The format of `limits` in policy.yaml."""

from __future__ import annotations

from typing import Annotated, TypeAlias

from pydantic import Field

from router.accounts.limits.rules import OverBudget
from router.config.validate import ConfigModel, pattern
from router.domain import TEAM_NAME

_Team: TypeAlias = Annotated[
    str,
    pattern(TEAM_NAME, "is no team's name", "write it as keys do: a-z, 0-9, '.', '_' and '-'"),
]
_KeyId: TypeAlias = Annotated[
    str,
    pattern(
        r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}",
        "is no id of a key",
        "write the id that `ringfence keys list` shows, never the key itself",
    ),
]
_Rate: TypeAlias = Annotated[int, Field(ge=1, le=1_000_000_000_000)]
_BudgetUsd: TypeAlias = Annotated[float, Field(ge=0, le=1_000_000_000)]


class LimitsEntry(ConfigModel):
    """What is left out is not limited; a budget of 0 is for models that cost nothing."""

    requests_per_minute: _Rate | None = None
    tokens_per_minute: _Rate | None = None
    budget_usd_per_day: _BudgetUsd | None = None
    budget_usd_per_month: _BudgetUsd | None = None
    over_budget: OverBudget | None = None


class LimitsSection(ConfigModel):
    """Limits of everything together, of each team and key, and of some by name.

    A team or a key with an entry of its own has none of the limits of each. Models are named by id,
    for all versions together, or by id@version.
    """

    all: LimitsEntry = Field(default_factory=LimitsEntry)
    each_team: LimitsEntry = Field(default_factory=LimitsEntry)
    each_key: LimitsEntry = Field(default_factory=LimitsEntry)
    teams: dict[_Team, LimitsEntry] = Field(default_factory=dict)
    keys: dict[_KeyId, LimitsEntry] = Field(default_factory=dict)
    models: dict[str, LimitsEntry] = Field(default_factory=dict)
