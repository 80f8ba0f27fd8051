"""How the policy tells what a request is for."""

from __future__ import annotations

from dataclasses import dataclass, field

from router.task import AnswerFormat, Task

MAX_USER_CHARACTERS = 2_000
MAX_SYSTEM_CHARACTERS = 500
"""As much of the last user message and of the system prompt is looked at: their beginnings."""


@dataclass(frozen=True, slots=True)
class TaskRule:
    """Requests for which all of this holds are `task`. What is empty or None says nothing.

    `system` and `user` are regexes (RE2) that match anywhere in the beginning of the system prompt
    and of the last user message.
    """

    task: Task
    teams: frozenset[str] = frozenset()
    purposes: frozenset[str] = frozenset()
    system: str | None = None
    user: str | None = None
    formats: frozenset[AnswerFormat] = frozenset()
    tools: bool | None = None


@dataclass(frozen=True, slots=True)
class TaskRules:
    """The first rule that fits decides; where none does, the classifier may.

    `min_confidence` is the probability, in [0, 1], below which the classifier abstains; None asks
    it nothing.
    """

    rules: tuple[TaskRule, ...] = field(default=())
    min_confidence: float | None = None
