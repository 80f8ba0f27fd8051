"""What counts for and against a canary, as the database has it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import Connection, Engine

from router.store.database import connect
from router.trials import evaluation as module
from router.trials.bad_answer import failed_it
from router.trials.canary_test import CanaryTest, evidence_of
from router.trials.evaluation import Canary, Evaluation
from router.trials.halts import halt, halts_now, resume, resumed_at
from tests.unit.router.trials.canary_records import CANARY, CHAMPION, decide, end, say

FAILED = [{"model": CANARY, "outcome": "BackendTimeout"}]


@pytest.fixture
def connection(migrated_url: str) -> Iterator[Connection]:
    engine: Engine = connect(migrated_url)
    with engine.begin() as connection:
        yield connection
    engine.dispose()


def told(connection: Connection, since_s: float = 0.0, until_s: float = 1e9) -> CanaryTest:
    evaluation = Evaluation(Canary(CANARY, CHAMPION, since_s), CanaryTest.begin(0.02))
    while evaluation.read_on(connection, until_s):
        pass
    return evaluation.test


def request(connection: Connection, number: int, first: str, **outcome: Any) -> str:
    request_id = f"request-{number:06}"
    decide(connection, request_id, first, at_s=number)
    end(connection, request_id, outcome.pop("model", first), number + 0.5, **outcome)
    return request_id


def counts(test: CanaryTest) -> tuple[int, int, int, int]:
    canary, champion = test.answers.canary, test.answers.champion
    return canary.answers, canary.bad, champion.answers, champion.bad


def test_a_request_that_its_champion_had_to_answer_has_failed(connection: Connection) -> None:
    request(connection, 1, CHAMPION)
    request(connection, 2, CANARY)
    request(connection, 3, CANARY, model=CHAMPION, attempts=FAILED)
    request(connection, 4, CANARY, status="partial", error_code="answer_cut_short")
    request(connection, 5, CHAMPION, status="failed", error_code="internal")
    assert counts(told(connection)) == (3, 2, 2, 1)


def test_what_was_nobody_s_fault_or_could_not_be_the_canary_s_does_not_count(
    connection: Connection,
) -> None:
    request(connection, 1, CANARY, status="cancelled")
    request(connection, 2, CANARY, status="refused", model=None)
    request(connection, 3, CANARY, status="partial", error_code="key_revoked")
    waited = [{"model": CANARY, "outcome": "no_room"}]
    request(connection, 4, CANARY, model=CHAMPION, attempts=waited)
    for request_id, more in (
        ("named", {"choice": CANARY}),
        ("vectors", {"endpoint": "embeddings"}),
        ("never", {"permitted": [CHAMPION]}),
        ("another", {"plan": ["other@1", CHAMPION]}),
    ):
        decide(connection, request_id, CANARY, at_s=10.0, **more)
        end(connection, request_id, CANARY, 11.0, status="failed")
    assert counts(told(connection)) == (0, 0, 0, 0)


def test_only_the_first_opinion_of_an_answer_counts(connection: Connection) -> None:
    first, second = request(connection, 1, CHAMPION), request(connection, 2, CANARY)
    elsewhere = request(connection, 3, CANARY, model=CHAMPION, attempts=FAILED)
    say(connection, first, "right", 10.0)
    say(connection, second, "wrong", 11.0)
    say(connection, second, "wrong", 12.0, by="again")
    say(connection, second, "off_brand", 13.0)
    say(connection, elsewhere, "wrong", 14.0)
    opinions = told(connection).opinions
    assert (opinions.canary.answers, opinions.canary.bad) == (1, 1)
    assert (opinions.champion.answers, opinions.champion.bad) == (1, 0)


@pytest.mark.parametrize("portion", [1, 3, 2_000])
def test_it_reads_on_from_where_it_was(
    connection: Connection, monkeypatch: pytest.MonkeyPatch, portion: int
) -> None:
    monkeypatch.setattr(module, "ROWS_AT_A_TIME", portion)
    for number in range(12):
        request(connection, number, CANARY if number % 3 == 2 else CHAMPION)
    evaluation = Evaluation(Canary(CANARY, CHAMPION, 0.0), CanaryTest.begin(0.02))
    for until_s in (3.0, 7.0, 7.0, 100.0):
        while evaluation.read_on(connection, until_s):
            pass
    assert counts(evaluation.test) == (4, 0, 8, 0)


def test_harm_is_shown_and_a_resumed_canary_begins_anew(connection: Connection) -> None:
    for number in range(60):
        if number % 2:
            request(connection, number, CANARY, model=CHAMPION, attempts=FAILED)
        else:
            request(connection, number, CHAMPION)
    test = told(connection)
    assert test.shows_harm(0.05)
    evidence = evidence_of(test, 0.05)
    assert halt(connection, CANARY, evidence, 70.0)
    assert not halt(connection, CANARY, evidence, 71.0)
    assert [(each.model, each.evidence) for each in halts_now(connection)] == [(CANARY, evidence)]
    assert resume(connection, CANARY, "somebody", "mended", 80.0)
    assert not resume(connection, CANARY, "somebody", "again", 81.0)
    assert halts_now(connection) == []
    assert counts(told(connection, resumed_at(connection)[CANARY])) == (0, 0, 0, 0)
    assert halt(connection, CANARY, evidence, 90.0)


def test_a_canary_as_good_as_its_champion_is_not_halted(connection: Connection) -> None:
    for number in range(400):
        status = "failed" if number % 20 in (0, 1) else "answered"
        request(connection, number, CANARY if number % 2 else CHAMPION, status=status)
    test = told(connection)
    assert counts(test) == (200, 20, 200, 20)
    assert not test.shows_harm(0.05)


@pytest.mark.parametrize(
    ("status", "model", "outcome", "failed"),
    [
        ("answered", "a@1", "answered", False),
        ("answered", "b@1", "BackendBroken", True),
        ("answered", "b@1", "breaker_open", True),
        ("answered", "b@1", "discarded", None),
        ("failed", None, "BackendTimeout", True),
        ("failed", None, "queued", None),
        ("cancelled", None, "BackendTimeout", None),
    ],
)
def test_a_version_fails_what_it_was_asked_and_did_not_answer(
    status: str, model: str | None, outcome: str, failed: bool | None
) -> None:
    attempts = [{"model": "a@1", "outcome": outcome}]
    assert failed_it("a@1", status, None, model, attempts) is failed
