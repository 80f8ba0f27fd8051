"""However long one conversation is, to test its canary anew costs no more than to read it once."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from router.store.database import connect
from router.trials.evaluation import Canary
from router.trials.progress import resumed
from tests.unit.router.trials.canary_records import CANARY, CHAMPION, decide, observe, say

STEPS = 50
BEGAN_S = 1e6
TESTED = Canary(CANARY, CHAMPION, BEGAN_S)


@pytest.fixture
def engine(migrated_sqlite: Path) -> Engine:
    return connect(f"sqlite:///{migrated_sqlite}")


def converse(engine: Engine, turns: int, at_s: float, **more: Any) -> None:
    """All in one conversation, and somebody finds each of its answers wrong."""
    with engine.begin() as connection:
        for number in range(turns):
            request_id = f"{at_s:.0f}-{number}"
            decide(connection, request_id, CANARY, at_s)
            observe(connection, request_id, CANARY, at_s, conversation="long", **more)
            say(connection, request_id, "wrong", at_s + 1, by=f"k{number}")


def steps_to_read(engine: Engine) -> int:
    """What the database did, in instructions of its machine: the same on each machine of ours."""
    steps = 0

    def count() -> int:
        nonlocal steps
        steps += STEPS
        return 0

    with engine.connect() as connection:
        driver: Any = connection.connection.driver_connection
        driver.set_progress_handler(count, STEPS)
        evaluation = resumed(connection, TESTED, 0.02)
        while evaluation.read_on(connection, 1e9):
            pass
        driver.set_progress_handler(None, 0)
    engine.dispose()
    return steps


@pytest.mark.parametrize(
    "before",
    [{"at_s": BEGAN_S - 100}, {"at_s": BEGAN_S, "champion": "tiny@0"}],
    ids=["before it was resumed", "beside another champion"],
)
def test_what_a_test_before_was_told_costs_the_next_one_nothing(
    engine: Engine, before: dict[str, Any]
) -> None:
    nothing = steps_to_read(engine)
    converse(engine, 200, **before)
    read = steps_to_read(engine)
    # Opinions are told apart by when they were given: those of before are looked at once.
    assert read - nothing < 200 * 200


def test_turns_of_a_conversation_that_began_before_cost_the_same_each(engine: Engine) -> None:
    converse(engine, 1, BEGAN_S - 100)
    converse(engine, 200, BEGAN_S + 100, bad=None)
    few = steps_to_read(engine)
    converse(engine, 600, BEGAN_S + 200, bad=None)
    assert steps_to_read(engine) < 6 * few
