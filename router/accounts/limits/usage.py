"""What is used, held and left of every limit, for people who look at it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, select

from router.accounts.api_key import ApiKey
from router.accounts.key_rows import read_keys
from router.accounts.limits.counters import Counted, read_counts
from router.accounts.limits.rules import ALL, Ceiling, LimitRules, Metric, Scope
from router.accounts.limits.tables import limit_windows
from router.accounts.limits.windows import Window
from router.domain import Allowance

_KEY = "key:"
_TEAM = "team:"


@dataclass(frozen=True, slots=True)
class LimitUse:
    """One limit in the window that is now. Amounts are in nano-dollars where money is limited.

    `used` is what was counted or spent, `held` what requests under way may still cost (of money
    alone: their tokens are counted at once). `left` is never below 0. `key` is the newest of those
    whose limit it is, None where it is none of a key that this cluster has.
    """

    scope: str
    ceiling: Ceiling
    used: int
    held: int
    ends_at_s: int
    key: ApiKey | None = None

    @property
    def left(self) -> int:
        return max(0, self.ceiling.limit - self.used - self.held)

    @property
    def share(self) -> float:
        """Of the limit, how much is used or held; 1 where it is exceeded, or allows nothing."""
        limit = self.ceiling.limit
        return 1.0 if limit == 0 else min(1.0, (self.used + self.held) / limit)


def limit_uses(connection: Connection, rules: LimitRules, now_s: float) -> list[LimitUse]:
    """Every limit of what the policy names, of the teams and keys that have sent something, and of
    the valid keys that have limits of their own.
    """
    newest = {key.line.ids[0]: key for _, key in read_keys(connection)}
    found = _scopes(connection, rules, newest, now_s)
    scopes = [scope for scope in found if scope.limits.ceilings]
    counts = read_counts(connection, scopes, now_s)
    return [
        _use(
            scope,
            ceiling,
            counts.get((scope.name, ceiling.window), Counted()),
            newest.get(scope.name.removeprefix(_KEY)),
            now_s,
        )
        for scope in scopes
        for ceiling in scope.limits.ceilings
    ]


def _scopes(
    connection: Connection, rules: LimitRules, newest: Mapping[str, ApiKey], now_s: float
) -> Iterator[Scope]:
    """`newest` has the newest key of each line, by the line's first id."""
    # Who has sent something this month and is not in the policy has the limits of each.
    seen = connection.scalars(
        select(limit_windows.c.scope)
        .where(limit_windows.c.starts_at_s >= Window.MONTH.starts_at_s(now_s))
        .distinct()
    ).all()
    yield Scope(ALL, rules.all)
    teams = {name.removeprefix(_TEAM) for name in seen if name.startswith(_TEAM)}
    for team in sorted(teams | rules.teams.keys()):
        yield rules.of_team(team)
    line_of = {key_id: line for line, key in newest.items() for key_id in key.line.ids}
    named = {name.removeprefix(_KEY) for name in seen if name.startswith(_KEY)} | rules.keys.keys()
    lines = {line_of.get(key_id, key_id) for key_id in named}
    lines |= {
        line
        for line, key in newest.items()
        if key.scope.allowance != Allowance() and key.is_valid(now_s)
    }
    for line in sorted(lines):
        key = newest.get(line)
        if key is None:
            yield rules.of_key((line,), Allowance())
        else:
            yield rules.of_key(key.line.ids, key.scope.allowance)
    for name in sorted(rules.models):
        yield Scope(f"model:{name}", rules.models[name])


def _use(
    scope: Scope, ceiling: Ceiling, counted: Counted, key: ApiKey | None, now_s: float
) -> LimitUse:
    money = ceiling.metric is Metric.MONEY
    return LimitUse(
        scope=scope.name,
        ceiling=ceiling,
        used=counted.spent_nano_usd if money else counted.of(ceiling.metric),
        held=counted.held_nano_usd if money else 0,
        ends_at_s=ceiling.window.ends_at_s(now_s),
        key=key,
    )
