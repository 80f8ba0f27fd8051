"""What the policy in force asks of whoever would replace it."""

from __future__ import annotations

from dataclasses import dataclass

from router.domain import DataClass, JsonObject
from router.task import Task

DEFAULT_MARGIN = 0.02
DEFAULT_MAX_AGE_DAYS = 30


@dataclass(frozen=True, slots=True)
class CriticalSlice:
    """Requests in which no harm is averaged away; what is None is not looked at.

    `task` and `suite` choose among what was measured, the others say how it is asked for.
    """

    name: str
    task: Task | None = None
    suite: str | None = None
    data_class: DataClass | None = None
    choice: str | None = None
    stakes: str | None = None
    team: str | None = None
    purpose: str | None = None

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
        }


@dataclass(frozen=True, slots=True)
class GateRules:
    """`margin` is how much worse answers may be on average, as a share of the whole score."""

    required: bool = False
    margin: float = DEFAULT_MARGIN
    max_age_days: int = DEFAULT_MAX_AGE_DAYS
    critical_slices: tuple[CriticalSlice, ...] = ()
