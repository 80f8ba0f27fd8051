"""The policy's rules about tasks, compiled: the first that fits a request names its task."""

from __future__ import annotations

from collections.abc import Callable

import re2

from router.domain import Principal
from router.features.rules import TaskRule
from router.features.texts import AskedTexts
from router.task import AnswerFormat, Task


class TaskMatcher:
    """Made once for a policy. All regexes over a text are matched in one pass, in linear time."""

    def __init__(self, rules: tuple[TaskRule, ...]) -> None:
        self._rules = rules
        self._in_system = _finder([rule.system for rule in rules])
        self._in_user = _finder([rule.user for rule in rules])

    def task_of(
        self, texts: AskedTexts, principal: Principal, answer_format: AnswerFormat, has_tools: bool
    ) -> Task | None:
        """None where no rule fits."""
        if not self._rules:
            return None
        in_system, in_user = self._in_system(texts.system), self._in_user(texts.user)
        for number, rule in enumerate(self._rules):
            if (
                (rule.user is None or number in in_user)
                and (rule.system is None or number in in_system)
                and (not rule.teams or principal.team in rule.teams)
                and (not rule.purposes or principal.purpose in rule.purposes)
                and (not rule.formats or answer_format in rule.formats)
                and (rule.tools is None or rule.tools is has_tools)
            ):
                return rule.task
        return None


def _finder(regexes: list[str | None]) -> Callable[[str], frozenset[int]]:
    """Which of the regexes, by their places in the list, match somewhere in a text."""
    numbers = [number for number, regex in enumerate(regexes) if regex is not None]
    if not numbers:
        return lambda text: frozenset()
    together = re2.Set.SearchSet()
    for number in numbers:
        together.Add(regexes[number])
    together.Compile()
    return lambda text: frozenset(numbers[place] for place in together.Match(text) or ())
