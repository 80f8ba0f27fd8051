"""Which requests that were made would be tried with a cheaper model first; counted, by task too."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from router.domain import Json, JsonObject
from router.escalation.codes import is_tried
from router.task import Task

NONE = "none"
"""In the place of a code: no pair of tiers is about such a request."""


@dataclass(slots=True)
class OfTask:
    """Requests of one task, and how many of them are tried with a cheaper model first."""

    requests: int = 0
    moved: int = 0
    tried_before: int = 0
    tried_after: int = 0


@dataclass(slots=True)
class Cascades:
    """By the codes of `router.escalation.codes`, before and after; and by task."""

    before: dict[str, int] = field(default_factory=dict)
    after: dict[str, int] = field(default_factory=dict)
    tasks: dict[Task, OfTask] = field(default_factory=dict)

    @property
    def codes(self) -> Iterator[tuple[str, int, int]]:
        """Each with how often it is before and after, those of before first."""
        for code in dict.fromkeys((*self.before, *self.after)):
            yield code, self.before.get(code, 0), self.after.get(code, 0)

    def add(self, task: Task, code: str | None) -> None:
        """One request, as it is after."""
        self.after[code or NONE] = self.after.get(code or NONE, 0) + 1
        of_task = self.tasks.setdefault(task, OfTask())
        of_task.requests += 1
        of_task.tried_after += is_tried(code)

    def compare(self, task: Task, code: str | None, *, moved: bool) -> None:
        """The same request, as it was before."""
        self.before[code or NONE] = self.before.get(code or NONE, 0) + 1
        of_task = self.tasks[task]
        of_task.moved += moved
        of_task.tried_before += is_tried(code)

    def as_json(self, *, compared: bool) -> JsonObject:
        """What is before is null where nothing is compared."""
        codes: list[Json] = [
            {"code": code, "before": before if compared else None, "after": after}
            for code, before, after in self.codes
        ]
        tasks: list[Json] = [
            {
                "task": task.value,
                "requests": each.requests,
                "moved": each.moved if compared else None,
                "tried_before": each.tried_before if compared else None,
                "tried_after": each.tried_after,
            }
            for task, each in self.tasks.items()
        ]
        return {"cascades": codes, "tasks": tasks}
