"""What was spent is read the same from both databases, to the request and the nano-dollar."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from cost_records import DAY_S, MIDNIGHT_S, opinion, record
from sqlalchemy import Engine, delete, func, select

from router.audit.tables import decisions, outcomes
from router.costs.cell import By, costs
from router.costs.latency import latencies
from router.costs.query import Span, cells, opinions, tried
from router.feedback.tables import feedback
from router.store.database import connect, reading

WHOLE = Span(MIDNIGHT_S - DAY_S, MIDNIGHT_S + 2 * DAY_S)
KEPT = {
    "cheap_model": "small@1",
    "strong_model": "large@1",
    "signal": "judge",
    "kept": True,
    "score": 0.9,
    "cheap_cost_nano_usd": 200_000,
    "judged_in_s": 0.1,
    "said_by_a_later_release": 1,
}


@pytest.fixture
def engine(migrated_url: str) -> Iterator[Engine]:
    engine = connect(migrated_url)
    yield engine
    engine.dispose()


def test_sums_by_every_dimension_add_up_to_the_whole(engine: Engine) -> None:
    for hours in range(30):
        record(engine, MIDNIGHT_S + hours * 3_600, team=f"team-{hours % 3}")
    record(engine, model="large@1", tier="balanced", task=None, cost_nano_usd=5_000_000)
    record(engine, status="refused", model=None, tier=None, input_tokens=0, output_tokens=0)
    record(engine, model="vectors@1", tier=None, endpoint="embeddings", task=None)
    record(engine, MIDNIGHT_S + 2 * DAY_S)  # after the end
    with reading(engine).connect() as connection:
        found = [cell for day in WHOLE.days for cell in cells(connection, day)]
        of_team = [
            cell
            for day in Span(WHOLE.from_s, WHOLE.to_s, "team-1").days
            for cell in cells(connection, day)
        ]
    for by in By:
        result = costs(found, [by])
        assert sum(each.requests for each in result.groups.values()) == 33
        assert sum(each.cost_nano_usd for each in result.groups.values()) == 11_400_000
    assert sum(cell.requests for cell in of_team) == 10
    result = costs(found, [By.DAY])
    assert list(result.groups) == [("2025-11-22",), ("2025-11-23",)]
    assert result.groups["2025-11-23",].requests == 6
    assert (result.answered.requests, result.fast.requests) == (32, 30)
    assert result.fast_share.of_requests == 30 / 32
    tasks = costs(found, [By.TASK]).groups
    assert {key: each.requests for key, each in tasks.items()} == {
        ("maths",): 31,
        ("unknown",): 1,
        ("embeddings",): 1,
    }
    assert {cell.permitted for cell in found} == {frozenset({"small@1", "large@1"})}


def test_nothing_at_all_has_no_share(engine: Engine) -> None:
    with reading(engine).connect() as connection:
        found = [cell for day in WHOLE.days for cell in cells(connection, day)]
    result = costs(found, [By.TEAM])
    assert (result.total.requests, result.groups) == (0, {})
    assert (result.fast_share.of_requests, result.fast_share.of_tokens) == (None, None)


def test_days_are_whole_but_for_the_ends_of_the_span() -> None:
    days = list(Span(MIDNIGHT_S + 10, MIDNIGHT_S + DAY_S + 10).days)
    assert [(day.from_s, day.to_s) for day in days] == [
        (MIDNIGHT_S + 10, MIDNIGHT_S + DAY_S),
        (MIDNIGHT_S + DAY_S, MIDNIGHT_S + DAY_S + 10),
    ]


def test_of_each_key_what_it_said_last_counts_and_a_comment_takes_nothing_back(
    engine: Engine,
) -> None:
    first, second = record(engine), record(engine)
    record(engine, MIDNIGHT_S + 5 * DAY_S)
    opinion(engine, first, 0.0, at_s=MIDNIGHT_S)
    opinion(engine, first, 1.0, at_s=MIDNIGHT_S + 9 * DAY_S)
    opinion(engine, first, None, None, at_s=MIDNIGHT_S + 10 * DAY_S)
    opinion(engine, first, None, "wrong", key_id="key-2")
    opinion(engine, second, None, "off_brand")
    with reading(engine).connect() as connection:
        found = list(opinions(connection, WHOLE))
    assert sorted(each.worth for each in found if each.request_id == first) == [0.0, 1.0]
    assert [each for each in found if each.request_id == second] == []
    assert {(each.task, each.model) for each in found} == {("maths", "small@1")}


def test_only_requests_that_a_cheaper_model_was_tried_for_count_as_tried(engine: Engine) -> None:
    record(engine)
    request_id = record(engine, escalation=KEPT)
    with reading(engine).connect() as connection:
        (found,) = tried(connection, WHOLE)
    assert found.request_id == request_id
    assert (found.escalation.kept, found.escalation.strong_model) == (True, "large@1")


def test_latencies_are_of_whole_answers_by_nearest_rank(engine: Engine) -> None:
    for number in range(1, 21):
        record(engine, latency_s=float(number))
    record(engine, latency_s=99.0, status="partial")
    record(engine, latency_s=7.0, model="large@1")
    with reading(engine).connect() as connection:
        found = latencies(connection, WHOLE)
    small = found["small@1"]
    assert (small.requests, small.mean_s, small.p50_s, small.p95_s) == (20, 10.5, 10.0, 19.0)
    assert (found["large@1"].p50_s, found["large@1"].p95_s) == (7.0, 7.0)


def test_feedback_goes_with_its_record(engine: Engine) -> None:
    kept, gone = record(engine), record(engine)
    for request_id in (kept, gone):
        opinion(engine, request_id, 1.0)
    with engine.begin() as connection:
        for table in (outcomes, decisions):
            connection.execute(delete(table).where(table.c.request_id == gone))
    with engine.connect() as connection:
        assert connection.scalars(select(feedback.c.request_id)).all() == [kept]
        assert connection.scalar(select(func.count()).select_from(decisions)) == 1
