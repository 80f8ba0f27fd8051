"""Which steps of a plan can be paid and counted, and when the others could be. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from router.accounts.limits.counters import Counted, Counts
from router.accounts.limits.hold import Amount, Hold
from router.accounts.limits.rules import Ceiling, Metric, OverBudget, Scope
from router.domain import PlanStep


@dataclass(frozen=True, slots=True)
class Obstacle:
    """One ceiling that is too low for one step; it is lifted at `ends_at_s`.

    `alone` where the step would not fit even if nothing else had been counted.
    """

    scope: Scope
    ceiling: Ceiling
    ends_at_s: int
    alone: bool

    @property
    def refuses(self) -> bool:
        """Whether no other model may stand in."""
        is_budget = self.ceiling.metric is Metric.MONEY
        return is_budget and self.scope.limits.over_budget is OverBudget.REFUSE


@dataclass(frozen=True, slots=True)
class Affordable:
    """The steps that there is enough for, in the plan's order; `obstacles` of all the others.

    Where `steps` is empty, `refused` is what the client has to wait for.
    """

    steps: tuple[PlanStep, ...]
    obstacles: tuple[Obstacle, ...]
    refused: Obstacle | None


def afford(
    steps: Sequence[PlanStep],
    estimates: Mapping[str, Amount],
    scopes: Sequence[Scope],
    counts: Counts,
    now_s: float,
) -> Affordable:
    """Judges each of `steps`, of which there is at least one, by what its model is thought to take.

    A budget whose rule is to refuse refuses where the first step is over it; whatever else is over
    something is left out. A model that costs nothing is within any budget.
    """
    found = {
        step.model.key: _obstacles(step.model.key, estimates[step.model.key], scopes, counts, now_s)
        for step in steps
    }
    obstacles = tuple(obstacle for each in found.values() for obstacle in each)
    first = found[steps[0].model.key]
    if any(obstacle.refuses for obstacle in first):
        return Affordable((), obstacles, _last(first))
    within = tuple(step for step in steps if not found[step.model.key])
    if within:
        return Affordable(within, obstacles, None)
    soonest = min((_last(each) for each in found.values()), key=lambda last: last.ends_at_s)
    return Affordable((), obstacles, soonest)


def has_room(hold: Hold, scopes: Sequence[Scope], counts: Counts) -> bool:
    """Whether all that is to be held at once is within every ceiling."""
    amounts = {(share.scope, share.window): share.amount for share in hold.shares}
    return all(
        counts.get((scope.name, ceiling.window), Counted()).of(ceiling.metric)
        + _wanted(amounts[scope.name, ceiling.window], ceiling.metric)
        <= ceiling.limit
        for scope in scopes
        for ceiling in scope.limits.ceilings
        if (scope.name, ceiling.window) in amounts
    )


def _obstacles(
    model: str, amount: Amount, scopes: Sequence[Scope], counts: Counts, now_s: float
) -> tuple[Obstacle, ...]:
    found = []
    for scope in scopes:
        if not scope.covers(model):
            continue
        for ceiling in scope.limits.ceilings:
            wanted = _wanted(amount, ceiling.metric)
            counted = counts.get((scope.name, ceiling.window), Counted()).of(ceiling.metric)
            if wanted and counted + wanted > ceiling.limit:
                ends_at_s = ceiling.window.ends_at_s(now_s)
                found.append(Obstacle(scope, ceiling, ends_at_s, alone=wanted > ceiling.limit))
    return tuple(found)


def _wanted(amount: Amount, metric: Metric) -> int:
    match metric:
        case Metric.REQUESTS:
            return 1
        case Metric.TOKENS:
            return amount.tokens
        case Metric.MONEY:
            return amount.nano_usd


def _last(obstacles: Sequence[Obstacle]) -> Obstacle:
    """The one that is lifted last; of two at once the budget."""
    return max(obstacles, key=lambda each: (each.ends_at_s, each.ceiling.metric is Metric.MONEY))
