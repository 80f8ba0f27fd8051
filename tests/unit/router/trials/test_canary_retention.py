"""What a canary's test has read goes with the records that retention takes, and its counts stay."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Engine, func, select

from router.audit.log.retention import LogRetention
from router.audit.log.rules import AuditRules
from router.store.housekeeping import Progress
from router.trials.canary_test import CanaryTest
from router.trials.evaluation import Canary
from router.trials.progress import keep, resumed
from router.trials.tables import canary_observations
from tests.unit.clock import ManualClock
from tests.unit.router.audit.log.filled_log import BEGAN_S, fill, new_database
from tests.unit.router.trials.canary_records import CANARY, CHAMPION, observe

DAY_S = 86_400.0
LATER_S = BEGAN_S + 31 * DAY_S
TESTED = Canary(CANARY, CHAMPION, BEGAN_S)


def ask(engine: Engine, requests: int, at_s: float) -> None:
    """By turns of the champion and of the canary."""
    for number, request_id in enumerate(fill(engine, requests, at_s)):
        with engine.begin() as connection:
            observe(connection, request_id, CANARY if number % 2 else CHAMPION, at_s + number)


def told(engine: Engine) -> CanaryTest:
    with engine.begin() as connection:
        evaluation = resumed(connection, TESTED, 0.02)
        evaluation.read_on(connection, LATER_S)
        assert keep(connection, evaluation, LATER_S)
    return evaluation.test


def prune(engine: Engine) -> None:
    retention = LogRetention(AuditRules(retention_days=30), ManualClock(LATER_S), segment_leaves=8)
    progress = Progress.MORE
    while progress is Progress.MORE:
        with engine.begin() as connection:
            progress = retention.chore(connection)


def test_observations_go_with_their_records_and_the_test_goes_on(tmp_path: Path) -> None:
    engine = new_database(tmp_path / "state.db")
    ask(engine, 20, BEGAN_S)
    assert told(engine).answers.canary.answers == 10
    prune(engine)
    with engine.connect() as connection:
        left = connection.scalar(select(func.count()).select_from(canary_observations))
    assert left == 0
    ask(engine, 4, LATER_S)
    test = told(engine)
    assert (test.answers.canary.answers, test.answers.champion.answers) == (12, 12)
    engine.dispose()
