"""What is limited: for whom, by how much, and what becomes of a request that is over it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from router.accounts.limits.windows import Window
from router.domain import ModelSpec, Principal

ALL = "all"


class OverBudget(StrEnum):
    """`cheaper`: the next model of the plan that can be paid. `refuse`: none but the first."""

    CHEAPER = "cheaper"
    REFUSE = "refuse"


class Metric(StrEnum):
    """What is counted. Money is in nano-dollars."""

    REQUESTS = "requests"
    TOKENS = "tokens"
    MONEY = "money"


@dataclass(frozen=True, slots=True)
class Ceiling:
    """At most `limit` of `metric` in each `window`."""

    metric: Metric
    window: Window
    limit: int


@dataclass(frozen=True, slots=True)
class Limits:
    """Of one team, key, model, or of everything together. None: no limit."""

    requests_per_minute: int | None = None
    tokens_per_minute: int | None = None
    budget_nano_usd_per_day: int | None = None
    budget_nano_usd_per_month: int | None = None
    over_budget: OverBudget = OverBudget.REFUSE

    @property
    def ceilings(self) -> tuple[Ceiling, ...]:
        said = (
            (Metric.REQUESTS, Window.MINUTE, self.requests_per_minute),
            (Metric.TOKENS, Window.MINUTE, self.tokens_per_minute),
            (Metric.MONEY, Window.DAY, self.budget_nano_usd_per_day),
            (Metric.MONEY, Window.MONTH, self.budget_nano_usd_per_month),
        )
        return tuple(
            Ceiling(metric, window, limit) for metric, window, limit in said if limit is not None
        )

    @property
    def windows(self) -> tuple[Window, ...]:
        """Those in which something is limited, and therefore counted."""
        return tuple(dict.fromkeys(ceiling.window for ceiling in self.ceilings))


@dataclass(frozen=True, slots=True)
class Scope:
    """What counts together under one name: `all`, `team:NAME`, `key:ID` or `model:NAME`.

    `models` are the keys of the models in it, None where it does not matter which one answers.
    """

    name: str
    limits: Limits
    models: frozenset[str] | None = None

    def covers(self, model: str) -> bool:
        return self.models is None or model in self.models


@dataclass(frozen=True, slots=True)
class LimitRules:
    """The policy's limits. A team or key that is not named has those of each.

    `models` are under bare ids, which stand for all versions together, or under `id@version`.
    """

    all: Limits = field(default_factory=Limits)
    each_team: Limits = field(default_factory=Limits)
    each_key: Limits = field(default_factory=Limits)
    teams: Mapping[str, Limits] = field(default_factory=dict)
    keys: Mapping[str, Limits] = field(default_factory=dict)
    models: Mapping[str, Limits] = field(default_factory=dict)

    @property
    def limit_nothing(self) -> bool:
        everyone = (self.all, self.each_team, self.each_key)
        named = (*self.teams.values(), *self.keys.values(), *self.models.values())
        return not any(limits.ceilings for limits in (*everyone, *named))

    def of_team(self, team: str) -> Scope:
        return Scope(f"team:{team}", self.teams.get(team, self.each_team))

    def of_key(self, key_id: str) -> Scope:
        return Scope(f"key:{key_id}", self.keys.get(key_id, self.each_key))

    def scopes(self, principal: Principal, models: Iterable[ModelSpec]) -> tuple[Scope, ...]:
        """Everything with a limit that a request counts against if one of `models` answers it."""
        found = [
            Scope(ALL, self.all),
            self.of_team(principal.team),
            self.of_key(principal.key_id),
        ]
        members: dict[str, set[str]] = {}
        for model in models:
            for name in (model.id, model.key):
                if name in self.models:
                    members.setdefault(name, set()).add(model.key)
        found += [
            Scope(f"model:{name}", self.models[name], frozenset(keys))
            for name, keys in members.items()
        ]
        return tuple(scope for scope in found if scope.limits.ceilings)
