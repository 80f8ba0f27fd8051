"""What is used, held and left of every limit, for people who look at it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import Connection, select

from router.accounts.limits.counters import Counted, read_counts
from router.accounts.limits.rules import ALL, Ceiling, LimitRules, Metric, Scope
from router.accounts.limits.tables import limit_windows
from router.accounts.limits.windows import Window


@dataclass(frozen=True, slots=True)
class LimitUse:
    """One limit in the window that is now. Amounts are in nano-dollars where money is limited.

    `used` is what was counted or spent, `held` what requests under way may still cost (of money
    alone: their tokens are counted at once). `left` is never below 0.
    """

    scope: str
    ceiling: Ceiling
    used: int
    held: int
    ends_at_s: int

    @property
    def left(self) -> int:
        return max(0, self.ceiling.limit - self.used - self.held)

    @property
    def share(self) -> float:
        """Of the limit, how much is used or held; 1 where it is exceeded, or allows nothing."""
        limit = self.ceiling.limit
        return 1.0 if limit == 0 else min(1.0, (self.used + self.held) / limit)


def limit_uses(connection: Connection, rules: LimitRules, now_s: float) -> list[LimitUse]:
    """Every limit of what the policy names, and of the teams and keys that have sent something."""
    scopes = [scope for scope in _scopes(connection, rules, now_s) if scope.limits.ceilings]
    counts = read_counts(connection, scopes, now_s)
    return [
        _use(scope, ceiling, counts.get((scope.name, ceiling.window), Counted()), now_s)
        for scope in scopes
        for ceiling in scope.limits.ceilings
    ]


def _scopes(connection: Connection, rules: LimitRules, now_s: float) -> Iterator[Scope]:
    # Who has sent something this month and is not in the policy has the limits of each.
    seen = connection.scalars(
        select(limit_windows.c.scope)
        .where(limit_windows.c.starts_at_s >= Window.MONTH.starts_at_s(now_s))
        .distinct()
    ).all()
    teams = {name.removeprefix("team:") for name in seen if name.startswith("team:")}
    keys = {name.removeprefix("key:") for name in seen if name.startswith("key:")}
    yield Scope(ALL, rules.all)
    for team in sorted(teams | rules.teams.keys()):
        yield rules.of_team(team)
    for key_id in sorted(keys | rules.keys.keys()):
        yield rules.of_key(key_id)
    for name in sorted(rules.models):
        yield Scope(f"model:{name}", rules.models[name])


def _use(scope: Scope, ceiling: Ceiling, counted: Counted, now_s: float) -> LimitUse:
    money = ceiling.metric is Metric.MONEY
    return LimitUse(
        scope=scope.name,
        ceiling=ceiling,
        used=counted.spent_nano_usd if money else counted.of(ceiling.metric),
        held=counted.held_nano_usd if money else 0,
        ends_at_s=ceiling.window.ends_at_s(now_s),
    )
