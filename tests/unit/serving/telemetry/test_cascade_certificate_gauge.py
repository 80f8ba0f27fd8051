"""The last day of a cascade's certificate is on the page, pair by pair."""

from __future__ import annotations

from datetime import UTC, date, datetime

from router.domain import Tier
from router.escalation.rules import EscalationRule
from router.task import Task
from serving.telemetry.rules_state import certificate_ends
from tests.cascading import certificate


def pair(made_on: date | None, task: Task | None = None) -> EscalationRule:
    made = None if made_on is None else certificate(made_on=made_on, task=task, days=30)
    return EscalationRule(Tier.FAST, Tier.BALANCED, frozenset({"auto"}), certificate=made)


def test_it_is_the_end_of_the_last_day_of_the_first_that_runs_out() -> None:
    new_year, second = date(2026, 1, 1), date(2026, 1, 2)
    ends = certificate_ends(
        [pair(second), pair(new_year), pair(second, Task.CODE), pair(None, Task.MATHS)]
    )

    assert ends == {
        ("fast", "balanced", "all"): datetime(2026, 2, 1, tzinfo=UTC).timestamp(),
        ("fast", "balanced", "code"): datetime(2026, 2, 2, tzinfo=UTC).timestamp(),
    }
