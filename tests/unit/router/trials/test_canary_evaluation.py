"""What counts for and against a canary, as the database has it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, delete

from router.audit.tables import decisions
from router.store.database import connect
from router.trials import evaluation as module
from router.trials.canary_test import CanaryTest, evidence_of
from router.trials.evaluation import DAY_S, Canary, Evaluation
from router.trials.halts import halt, halts_ever, halts_now, resume, resumed_at
from router.trials.progress import keep, resumed
from tests.unit.router.trials.canary_records import CANARY, CHAMPION, decide, observe, say

TESTED = Canary(CANARY, CHAMPION, 0.0)
MARGIN = 0.02
LATER_S = 1e9


@pytest.fixture
def connection(migrated_url: str) -> Iterator[Connection]:
    engine: Engine = connect(migrated_url)
    with engine.begin() as connection:
        yield connection
    engine.dispose()


def told(connection: Connection, canary: Canary = TESTED) -> CanaryTest:
    """All that there is, from where it was kept last, in one process that keeps it."""
    more = True
    while more:
        evaluation = resumed(connection, canary, MARGIN)
        more = evaluation.read_on(connection, LATER_S)
        assert keep(connection, evaluation, 0.0)
    return evaluation.test


def request(connection: Connection, number: int, version: str, **more: Any) -> str:
    request_id = f"request-{number:06}"
    decide(connection, request_id, version, at_s=number)
    observe(connection, request_id, version, number + 0.5, **more)
    return request_id


def answers(test: CanaryTest) -> tuple[int, int, int, int]:
    canary, champion = test.answers.canary, test.answers.champion
    return canary.answers, canary.bad, champion.answers, champion.bad


def opinions(test: CanaryTest) -> tuple[int, int, int, int]:
    canary, champion = test.opinions.canary, test.opinions.champion
    return canary.answers, canary.bad, champion.answers, champion.bad


def test_a_conversation_counts_once_with_the_first_that_says_something(
    connection: Connection,
) -> None:
    request(connection, 1, CHAMPION, conversation="a")
    request(connection, 2, CANARY, bad=None, conversation="b")
    for number in range(3, 50):
        request(connection, number, CANARY, bad=True, conversation="b")
    request(connection, 50, CHAMPION, bad=True, conversation="a")
    request(connection, 51, CANARY, conversation="c")
    assert answers(told(connection)) == (2, 1, 1, 0)


def test_a_client_that_goes_round_in_circles_halts_nobody(connection: Connection) -> None:
    for number in range(0, 400, 2):
        request(connection, number, CHAMPION)
        request(connection, number + 1, CANARY, bad=True, conversation="one that loops")
    assert not told(connection).shows_harm(0.05)


@pytest.mark.parametrize("portion", [1, 3, 1_000])
def test_whoever_goes_on_comes_to_the_same_however_much_is_read_at_a_time(
    connection: Connection, monkeypatch: pytest.MonkeyPatch, portion: int
) -> None:
    monkeypatch.setattr(module, "ROWS_AT_A_TIME", portion)
    for number in range(12):
        of = CANARY if number % 3 == 2 else CHAMPION
        said = request(connection, number, of, bad=number == 5, conversation=f"c{number // 2}")
        say(connection, said, "wrong" if number == 2 else "right", 100 + number, by=f"k{number}")
    at_once = Evaluation.begin(TESTED, MARGIN)
    while at_once.read_on(connection, LATER_S):
        pass
    test = told(connection)
    assert answers(test) == (2, 0, 4, 0)
    assert test.state == at_once.test.state
    assert opinions(test) == opinions(at_once.test)


def test_of_two_that_have_read_the_same_one_keeps_it(connection: Connection) -> None:
    request(connection, 1, CHAMPION)
    said = request(connection, 2, CANARY)
    say(connection, said, "wrong", 10.0)
    first, second = (resumed(connection, TESTED, MARGIN) for _ in range(2))
    for each in (first, second):
        each.read_on(connection, LATER_S)
    assert keep(connection, first, 1.0)
    assert not keep(connection, second, 1.0)
    after = resumed(connection, TESTED, MARGIN)
    assert after.test.state == first.test.state
    assert not after.read_on(connection, LATER_S)
    assert (answers(after.test), opinions(after.test)) == ((1, 0, 1, 0), (1, 1, 0, 0))


def test_what_was_told_is_not_forgotten_with_its_records(connection: Connection) -> None:
    for number in range(6):
        request(connection, number, CANARY if number % 2 else CHAMPION)
    told(connection)
    connection.execute(delete(decisions))
    request(connection, 6, CHAMPION)
    request(connection, 7, CANARY, bad=True)
    assert answers(told(connection)) == (4, 1, 4, 0)


def test_another_champion_margin_or_beginning_is_another_test(connection: Connection) -> None:
    request(connection, 1, CHAMPION)
    said = request(connection, 2, CANARY)
    say(connection, said, "wrong", 10.0)
    assert opinions(told(connection)) == (1, 1, 0, 0)
    assert resumed(connection, replace(TESTED, champion="tiny@0"), MARGIN).is_new
    later = replace(TESTED, since_s=2.0)
    assert (answers(told(connection, later)), opinions(told(connection, later))) == (
        (1, 0, 0, 0),
        (1, 1, 0, 0),
    )
    assert resumed(connection, later, MARGIN / 2).is_new


def test_a_new_margin_counts_what_the_test_had_and_nothing_of_before(
    connection: Connection,
) -> None:
    request(connection, 1, CHAMPION)
    resumed_then = replace(TESTED, since_s=2.0)
    request(connection, 2, CANARY, bad=True)
    told(connection, resumed_then)
    stricter = resumed(connection, resumed_then, MARGIN / 2)
    stricter.read_on(connection, LATER_S)
    assert answers(stricter.test) == (1, 1, 0, 0)


def test_a_champion_that_comes_back_is_tested_anew(connection: Connection) -> None:
    """Beside what it does now, not what it did before another one had its place."""
    request(connection, 1, CHAMPION, bad=True)
    said = request(connection, 2, CANARY, bad=True)
    request(connection, 3, CANARY, champion="tiny@0")
    request(connection, 4, CHAMPION)
    say(connection, said, "wrong", 10.0)
    test = told(connection)
    assert (answers(test), opinions(test)) == ((0, 0, 1, 0), (0, 0, 0, 0))


def test_one_conversation_has_one_opinion_and_so_has_a_key_on_one_day(
    connection: Connection,
) -> None:
    for number in range(10):
        request(connection, number, CHAMPION if number < 5 else CANARY, conversation=f"c{number}")
    going_on = request(connection, 10, CANARY, bad=None, conversation="c5")
    say(connection, "request-000005", "wrong", 100.0, by="loud")
    for number in range(6, 10):
        say(connection, f"request-{number:06}", "wrong", 101.0 + number, by="loud")
    say(connection, going_on, "wrong", DAY_S + 100.0, by="another")
    say(connection, "request-000001", "right", 200.0, by="loud")
    say(connection, "request-000002", "wrong", 201.0, by="loud")
    assert opinions(told(connection)) == (1, 1, 1, 0)
    say(connection, "request-000007", "right", DAY_S + 101.0, by="loud")
    say(connection, "request-000008", "wrong", DAY_S + 102.0, by="third")
    assert opinions(told(connection)) == (3, 2, 1, 0)


def test_an_opinion_is_of_who_answered_in_a_conversation_that_was_drawn(
    connection: Connection,
) -> None:
    elsewhere = request(connection, 1, CANARY, bad=True, answered=False)
    from_before = request(connection, 2, CHAMPION, bad=None)
    off_topic = request(connection, 3, CANARY)
    for number, said in enumerate((elsewhere, from_before)):
        say(connection, said, "wrong", 10.0 + number, by=f"k{number}")
    say(connection, off_topic, "off_brand", 13.0)
    decide(connection, "another", "other@1", at_s=4.0)
    say(connection, "another", "wrong", 14.0)
    assert opinions(told(connection)) == (0, 0, 0, 0)


def test_one_key_alone_takes_days_to_halt_a_canary() -> None:
    """Its owner would be asked meanwhile."""
    test = CanaryTest.begin(MARGIN)
    days = 0
    while not test.shows_harm(0.05):
        test.judged(by_canary=False, bad=False)
        test.judged(by_canary=True, bad=True)
        days += 1
    assert days == 11


def test_harm_is_shown_and_a_resumed_canary_begins_anew(connection: Connection) -> None:
    for number in range(60):
        version = CANARY if number % 2 else CHAMPION
        request(connection, number, version, bad=version == CANARY)
    test = told(connection)
    assert test.shows_harm(0.05)
    evidence = evidence_of(test, 0.05)
    assert halt(connection, CANARY, evidence, 70.0)
    assert not halt(connection, CANARY, evidence, 71.0)
    assert [(each.model, each.evidence) for each in halts_now(connection)] == [(CANARY, evidence)]
    assert resume(connection, CANARY, "somebody", "mended", 80.0)
    assert not resume(connection, CANARY, "somebody", "again", 81.0)
    assert halts_now(connection) == []
    assert answers(told(connection, TESTED.resumed(resumed_at(connection)[CANARY]))) == (0, 0, 0, 0)
    assert halt(connection, CANARY, evidence, 90.0)
    ever = [(each.halted_at_s, each.resumed_at_s) for each in halts_ever(connection)]
    assert ever == [(70.0, 80.0), (90.0, None)]


def test_a_canary_as_good_as_its_champion_is_not_halted(connection: Connection) -> None:
    for number in range(400):
        version = CANARY if number % 2 else CHAMPION
        request(connection, number, version, bad=number % 20 in (0, 1))
    test = told(connection)
    assert answers(test) == (200, 20, 200, 20)
    assert not test.shows_harm(0.05)
