"""What is limited: for whom, by how much, and what becomes of a request that is over it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from router.accounts.limits.windows import Window
from router.domain import Allowance, ModelSpec, Principal

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

    def within(self, allowance: Allowance) -> Limits:
        """Both together: of two limits on the same the lower one, which has to have room."""
        own = allowance
        return Limits(
            _lower(self.requests_per_minute, own.requests_per_minute),
            _lower(self.tokens_per_minute, own.tokens_per_minute),
            _lower(self.budget_nano_usd_per_day, own.budget_nano_usd_per_day),
            _lower(self.budget_nano_usd_per_month, own.budget_nano_usd_per_month),
            self.over_budget,
        )


def _lower(first: int | None, second: int | None) -> int | None:
    return min((each for each in (first, second) if each is not None), default=None)


@dataclass(frozen=True, slots=True)
class Scope:
    """What counts together under one name: `all`, `team:NAME`, `key:ID` or `model:NAME`.

    A key and those that replaced it count under the id of the first of them. `models` are the keys
    of the models in it, None where it does not matter which one answers.
    """

    name: str
    limits: Limits
    models: frozenset[str] | None = None

    def covers(self, model: str) -> bool:
        return self.models is None or model in self.models


@dataclass(frozen=True, slots=True)
class LimitRules:
    """The policy's limits. A team or key that is not named has those of each.

    `keys` are under the id of any key of a line and hold for the line; of several entries that of
    the newest key does. `models` are under bare ids, which stand for all versions together, or
    under `id@version`.
    """

    all: Limits = field(default_factory=Limits)
    each_team: Limits = field(default_factory=Limits)
    each_key: Limits = field(default_factory=Limits)
    teams: Mapping[str, Limits] = field(default_factory=dict)
    keys: Mapping[str, Limits] = field(default_factory=dict)
    models: Mapping[str, Limits] = field(default_factory=dict)

    def of_team(self, team: str) -> Scope:
        return Scope(f"team:{team}", self.teams.get(team, self.each_team))

    def of_key(self, line: Sequence[str], allowance: Allowance) -> Scope:
        """Of the keys with the ids of `line`, first to last, and an `allowance` of their own.

        What becomes of a request that is over the allowance is what the policy says of the key.
        """
        named = next((self.keys[each] for each in reversed(line) if each in self.keys), None)
        return Scope(f"key:{line[0]}", (named or self.each_key).within(allowance))

    def scopes(self, principal: Principal, models: Iterable[ModelSpec]) -> tuple[Scope, ...]:
        """Everything with a limit that a request counts against if one of `models` answers it."""
        found = [
            Scope(ALL, self.all),
            self.of_team(principal.team),
            self.of_key(principal.key_line or (principal.key_id,), principal.allowance),
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
