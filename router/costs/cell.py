"""What is summed up: requests that are alike in all that costs are asked about."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from router.domain import Tier

NO_MODEL = "none"
"""In the place of a model, where no model answered."""

UNKNOWN = "unknown"
"""In the place of what older records do not say, or no tier has."""


class By(StrEnum):
    """What costs can be told apart by."""

    TEAM = "team"
    MODEL = "model"
    TIER = "tier"
    TASK = "task"
    DAY = "day"


@dataclass(frozen=True, slots=True)
class Cell:
    """The requests of one day (UTC) that have the same team, model, tier, task and permitted set.

    `model` is the registry key of what answered. `permitted` has the keys of what might have.
    """

    day: str
    team: str
    model: str
    tier: str
    task: str
    permitted: frozenset[str]
    requests: int
    input_tokens: int
    output_tokens: int
    cost_nano_usd: int

    @property
    def tokens(self) -> int:
        return self.input_tokens + self.output_tokens

    @property
    def was_answered(self) -> bool:
        return self.model != NO_MODEL


@dataclass(slots=True)
class Sum:
    """Of requests with an outcome, answered or not."""

    requests: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    cost_nano_usd: int = 0

    @property
    def tokens(self) -> int:
        return self.input_tokens + self.output_tokens

    @property
    def usd(self) -> float:
        return self.cost_nano_usd / 1e9

    def add(self, cell: Cell) -> None:
        self.requests += cell.requests
        self.input_tokens += cell.input_tokens
        self.output_tokens += cell.output_tokens
        self.cost_nano_usd += cell.cost_nano_usd


@dataclass(frozen=True, slots=True)
class FastShare:
    """Of what was answered at all, the part that the fast tier answered; None of nothing."""

    of_requests: float | None
    of_tokens: float | None


@dataclass(slots=True)
class Costs:
    """`groups` are keyed by the values of `by`, in its order; what costs most comes first."""

    by: tuple[By, ...]
    total: Sum = field(default_factory=Sum)
    answered: Sum = field(default_factory=Sum)
    fast: Sum = field(default_factory=Sum)
    groups: Mapping[tuple[str, ...], Sum] = field(default_factory=dict)

    @property
    def fast_share(self) -> FastShare:
        of = self.answered
        return FastShare(
            self.fast.requests / of.requests if of.requests else None,
            self.fast.tokens / of.tokens if of.tokens else None,
        )


def costs(cells: Iterable[Cell], by: Sequence[By]) -> Costs:
    """The sums of all, and of each group. Without a `by` there are no groups."""
    result = Costs(tuple(by))
    groups: dict[tuple[str, ...], Sum] = {}
    for cell in cells:
        result.total.add(cell)
        if cell.was_answered:
            result.answered.add(cell)
            if cell.tier == Tier.FAST:
                result.fast.add(cell)
        if by:
            key = tuple(str(getattr(cell, each.value)) for each in by)
            groups.setdefault(key, Sum()).add(cell)
    ordered = sorted(groups.items(), key=lambda each: (-each[1].cost_nano_usd, each[0]))
    if By.DAY in by:
        place = result.by.index(By.DAY)
        ordered.sort(key=lambda each: each[0][place])
    result.groups = dict(ordered)
    return result
