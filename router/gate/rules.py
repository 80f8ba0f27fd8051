"""What the policy in force asks of whoever would replace it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from router.domain import DataClass, JsonObject
from router.task import Task

DEFAULT_MARGIN = 0.02
DEFAULT_MAX_AGE_DAYS = 30
DEFAULT_SLICE_MARGIN = 0.05


@dataclass(frozen=True, slots=True)
class CriticalSlice:
    """Requests in which no harm is averaged away; what is None is not looked at.

    `task` and `suite` choose among what was measured, the others say how it is asked for. `margin`
    is by how much answers in it may get worse, as a share: a harm beyond it has to be excluded.
    """

    name: str
    task: Task | None = None
    suite: str | None = None
    data_class: DataClass | None = None
    choice: str | None = None
    stakes: str | None = None
    team: str | None = None
    purpose: str | None = None
    margin: float = DEFAULT_SLICE_MARGIN

    def as_json(self) -> JsonObject:
        return {
            "name": self.name,
            "task": None if self.task is None else self.task.value,
            "suite": self.suite,
            "data_class": None if self.data_class is None else self.data_class.label,
            "choice": self.choice,
            "stakes": self.stakes,
            "team": self.team,
            "purpose": self.purpose,
            "margin": self.margin,
        }


@dataclass(frozen=True, slots=True)
class GoldenFile:
    """Golden cases of the house: `sha256` is of the file's bytes, `name` is for people."""

    name: str
    sha256: str


@dataclass(frozen=True, slots=True)
class GateRules:
    """`margin` is how much worse answers may be on average, as a share of the whole score.

    `golden` are the files of cases that a gate must have checked, and `shipped_golden` is whether
    those that come along are among them. `traffic` is the sha256 of what it must have taken to be
    asked for; None for every kind of request, alike.
    """

    required: bool = False
    margin: float = DEFAULT_MARGIN
    max_age_days: int = DEFAULT_MAX_AGE_DAYS
    critical_slices: tuple[CriticalSlice, ...] = ()
    shipped_golden: bool = True
    golden: tuple[GoldenFile, ...] = ()
    traffic: str | None = None


def asks_less(rules: GateRules, than: GateRules) -> Iterator[str]:
    """The keys of `gate` by which `rules` ask less of a change; `than` are those in force.

    Another file in the place of one that was named counts as less: nobody knows what is in it.
    """
    if than.required and not rules.required:
        yield "required"
    if rules.margin > than.margin:
        yield "margin"
    if rules.max_age_days > than.max_age_days:
        yield "max_age_days"
    if any(not _is_kept(each, rules) for each in than.critical_slices):
        yield "critical_slices"
    if than.shipped_golden and not rules.shipped_golden:
        yield "shipped_misroutes"
    if not {each.sha256 for each in than.golden} <= {each.sha256 for each in rules.golden}:
        yield "misroutes"
    if rules.traffic not in {than.traffic, None}:
        yield "traffic"


def _is_kept(critical: CriticalSlice, rules: GateRules) -> bool:
    return any(
        each.margin <= critical.margin and replace(each, margin=critical.margin) == critical
        for each in rules.critical_slices
    )
