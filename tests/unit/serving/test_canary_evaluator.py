"""A gateway halts a canary that does harm by itself, and goes on from where another one stood."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, delete, event, insert, select

from router.audit.tables import decisions
from router.store.database import connect
from router.store.writer import Writer
from router.trials.canary_test import CanaryTest
from router.trials.evaluation import canaries_of
from router.trials.halts import halt, halts_now, resume
from router.trials.tables import canary_tests
from serving.canary_evaluator import CanaryEvaluator
from serving.rules_in_force import RulesInForce
from tests.unit.clock import ManualClock
from tests.unit.router.trials.canary_records import CANARY, CHAMPION, decide, observe
from tests.unit.serving.canary_rules import NOON_S, canary_in_force
from tests.waiting import until


@pytest.fixture
def engine(migrated_url: str) -> Iterator[Engine]:
    engine = connect(migrated_url)
    yield engine
    engine.dispose()


@pytest.fixture
def in_force(tmp_path: Path) -> RulesInForce:
    return canary_in_force(tmp_path)


@contextmanager
def evaluating(engine: Engine, in_force: RulesInForce) -> Iterator[None]:
    writer = Writer(engine)
    evaluator = CanaryEvaluator(engine, writer, in_force, ManualClock(NOON_S), interval_s=0.02)
    writer.start()
    try:
        evaluator.start()
        yield
        evaluator.close()
    finally:
        writer.close()


def request(engine: Engine, number: int, version: str, *, bad: bool = False) -> None:
    """Each is of a conversation of its own, an hour ago."""
    at_s = NOON_S - 3_600 + number
    with engine.begin() as connection:
        decide(connection, f"request-{number}", version, at_s)
        observe(connection, f"request-{number}", version, at_s, bad=bad)


def halted(engine: Engine) -> list[Any]:
    with engine.connect() as connection:
        return halts_now(connection)


def answers_told(engine: Engine) -> int:
    """Of both versions, as it was kept."""
    with engine.connect() as connection:
        state = connection.scalar(select(canary_tests.c.state))
    if state is None:
        return 0
    test = CanaryTest.of_state(state)
    return test.answers.canary.answers + test.answers.champion.answers


def test_one_that_fails_is_halted_and_no_gateway_has_to_be_told(
    engine: Engine, in_force: RulesInForce
) -> None:
    with evaluating(engine, in_force):
        for number in range(40):
            version = CANARY if number % 2 else CHAMPION
            request(engine, number, version, bad=version == CANARY)
        (found,) = until(lambda: halted(engine))
    assert found.model == CANARY
    assert found.evidence["peak"] >= found.evidence["halts_at"] == 20
    assert found.evidence["answers"]["champion"]["bad"] == 0


def test_a_restart_forgets_nothing_though_the_records_are_gone(
    engine: Engine, in_force: RulesInForce
) -> None:
    for number in range(6):
        request(engine, number, CANARY if number % 2 else CHAMPION)
    with evaluating(engine, in_force):
        until(lambda: answers_told(engine) == 6)
    with engine.begin() as connection:
        connection.execute(delete(decisions))
    with evaluating(engine, in_force):
        request(engine, 6, CHAMPION)
        until(lambda: answers_told(engine) == 7)


def test_two_gateways_count_everything_once(engine: Engine, in_force: RulesInForce) -> None:
    with evaluating(engine, in_force), evaluating(engine, in_force):
        for number in range(20):
            request(engine, number, CANARY if number % 4 == 3 else CHAMPION)
        until(lambda: answers_told(engine) >= 20)
        request(engine, 20, CHAMPION)
        until(lambda: answers_told(engine) >= 21)
    assert answers_told(engine) == 21


def test_a_halted_one_is_not_tested_and_one_that_is_resumed_begins_anew(
    engine: Engine, in_force: RulesInForce
) -> None:
    (canary,) = canaries_of(in_force.written.registry)
    with engine.begin() as connection:
        halt(connection, CANARY, {}, canary.since_s)
    for number in range(40):
        request(engine, number, CANARY if number % 2 else CHAMPION, bad=bool(number % 2))
    with evaluating(engine, in_force):
        with engine.begin() as connection:
            resume(connection, CANARY, "somebody", "mended", NOON_S - 3_600 + 39.5)
        request(engine, 40, CHAMPION)
        until(lambda: answers_told(engine) == 1)
    assert halted(engine) == []


def test_one_that_cannot_be_tested_keeps_no_other_from_being_halted(
    engine: Engine, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    in_force = canary_in_force(tmp_path, also="wee")
    request(engine, 0, CHAMPION)
    with engine.begin() as connection:
        connection.execute(insert(canary_tests), [unreadable_test()])
        for number in range(1, 41):
            decide(connection, f"wee-{number}", "wee@1", NOON_S - 60)
            more = {"canary": "wee@2", "champion": "wee@1", "by_canary": number % 2 == 1}
            observe(connection, f"wee-{number}", "", NOON_S - 60, bad=number % 2 == 1, **more)
    with evaluating(engine, in_force):
        (found,) = until(lambda: halted(engine))
    assert found.model == "wee@2"
    said = {record.getMessage() for record in caplog.records if record.levelname == "WARNING"}
    assert said == {f"canary {CANARY} cannot be evaluated: KeyError"}


def unreadable_test() -> dict[str, Any]:
    return {
        "model": CANARY,
        "champion": CHAMPION,
        "since_s": 0.0,
        "revision": 1,
        "after_seq": 0,
        "answers_to": 0,
        "opinions_to_s": 0.0,
        "opinions_to_id": "",
        "told_at_s": 0.0,
        "state": {},
    }


def test_a_read_that_hangs_ends_with_the_gateway_and_keeps_nobody_else(
    engine: Engine, in_force: RulesInForce
) -> None:
    reading, go_on = threading.Event(), threading.Event()

    def hang(_connection: object, _cursor: object, statement: str, *_more: object) -> None:
        if "canary_observations" in statement and statement.startswith("SELECT"):
            reading.set()
            go_on.wait()

    hold: Callable[..., None] = hang
    event.listen(engine, "before_cursor_execute", hold)
    try:
        with evaluating(engine, in_force):
            assert reading.wait(60)
            with engine.begin() as connection:
                assert halt(connection, CANARY, {}, NOON_S)
            go_on.set()
    finally:
        go_on.set()
        event.remove(engine, "before_cursor_execute", hold)
