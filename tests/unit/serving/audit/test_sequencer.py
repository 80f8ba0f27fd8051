"""Entries get their place and are signed, whichever replica does it, and the log never forks."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest
from sqlalchemy import delete, insert, select

from router.audit.log.lease import log_lease, take_lease
from router.audit.log.tables import log_leaves, log_state
from router.store.database import reading
from serving.audit.leading import LEASE, MAX_PLACED
from serving.audit.sequencer import POLL_INTERVAL_S
from tests.log_case import LogCase, log_case
from tests.unit.clock import ManualClock
from tests.waiting import until


@pytest.fixture
def case(migrated_url: str) -> Iterator[LogCase]:
    with log_case(migrated_url) as case:
        yield case


def test_what_waits_is_placed_and_signed_before_a_gateway_is_gone(case: LogCase) -> None:
    case.record(3)
    sequencer = case.sequencer()
    sequencer.start()
    sequencer.close()
    assert case.placed == 3
    assert case.signed == [3]


def test_entries_are_placed_while_it_runs_and_more_than_one_job_takes(case: LogCase) -> None:
    case.record(MAX_PLACED + 5)
    sequencer = case.sequencer()
    sequencer.start()
    until(lambda: case.placed == MAX_PLACED + 5)
    case.record(2)
    until(lambda: case.placed == MAX_PLACED + 7)
    sequencer.close()


def test_a_growing_log_is_signed_again_when_the_interval_is_over(case: LogCase) -> None:
    sequencer = case.sequencer(checkpoint_interval_s=1.0)
    sequencer.start()
    case.record(1)
    until(lambda: case.signed == [1])
    case.record(1)
    until(lambda: case.signed == [1, 2])
    sequencer.close()
    assert case.signed == [1, 2]


def test_within_the_interval_it_is_signed_once(case: LogCase) -> None:
    sequencer = case.sequencer(checkpoint_interval_s=3_600.0)
    sequencer.start()
    case.record(1)
    until(lambda: case.signed == [1])
    case.record(1)
    until(lambda: case.placed == 2)
    assert case.signed == [1]
    sequencer.close()
    assert case.signed == [1, 2]


def test_while_nothing_waits_nothing_is_written(case: LogCase) -> None:
    sequencer = case.sequencer()
    sequencer.start()
    sequencer.close()
    with reading(case.engine).connect() as connection:
        assert connection.execute(select(log_lease)).first() is None
    assert case.signed == []


def test_of_many_replicas_all_may_start_and_each_entry_has_one_place(case: LogCase) -> None:
    replicas = [case.sequencer() for _ in range(4)]
    for replica in replicas:
        replica.start()
    case.record(500)
    until(lambda: case.placed == 500)
    for replica in replicas:
        replica.close()
    with reading(case.engine).connect() as connection:
        places = list(connection.scalars(select(log_leaves.c.seq).order_by(log_leaves.c.seq)))
    assert places == list(range(500))
    assert case.signed[-1] == 500


def lead(case: LogCase, now_s: float) -> None:
    """Another replica takes the lease, and is not heard of again."""
    with case.engine.begin() as connection:
        assert take_lease(connection, LEASE, "another", now_s)


def test_under_anothers_lead_it_leaves_the_log_alone(case: LogCase) -> None:
    clock = ManualClock()
    lead(case, clock.now_s())
    case.record(1)
    sequencer = case.sequencer(clock=clock)
    sequencer.start()
    sequencer.close()
    assert case.placed == 0


def test_another_replica_takes_over_within_five_seconds_from_one_that_died(case: LogCase) -> None:
    clock = ManualClock()
    lead(case, clock.now_s())
    clock.advance(5.0 - POLL_INTERVAL_S)
    case.record(1)
    sequencer = case.sequencer(clock=clock)
    sequencer.start()
    until(lambda: case.placed == 1)
    sequencer.close()


def test_a_lease_of_a_clock_that_is_wrong_holds_nobody_up(case: LogCase) -> None:
    clock = ManualClock()
    lead(case, clock.now_s() + 3_600.0)
    case.record(1)
    sequencer = case.sequencer(clock=clock)
    sequencer.start()
    until(lambda: case.placed == 1)
    sequencer.close()


def test_a_replica_that_leaves_holds_nobody_up(case: LogCase) -> None:
    clock = ManualClock()
    for count in (1, 2):
        case.record(1)
        sequencer = case.sequencer(clock=clock)
        sequencer.start()
        sequencer.close()
        assert case.placed == count


def test_a_log_that_cannot_be_sequenced_is_said_once_and_tried_until_it_can(
    case: LogCase, caplog: pytest.LogCaptureFixture
) -> None:
    with case.engine.begin() as connection:
        connection.execute(delete(log_state))
    case.record(1)
    sequencer = case.sequencer()
    with caplog.at_level(logging.WARNING):
        sequencer.start()
        until(lambda: "could not be sequenced" in caplog.text)
        with case.engine.begin() as connection:
            connection.execute(insert(log_state), [{"id": 1, "size": 0, "frontier": b""}])
        until(lambda: case.placed == 1)
        until(lambda: "sequenced again" in caplog.text)
    sequencer.close()
    assert [record.getMessage() for record in caplog.records] == [
        "the audit log could not be sequenced: LogBroken",
        "the audit log is sequenced again",
    ]
