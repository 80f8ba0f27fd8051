"""What commands record has its place when they are over, and no gateway is disturbed by it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from sqlalchemy import delete, select
from sqlalchemy.exc import OperationalError

from router.audit.log.errors import LogBroken
from router.audit.log.lease import log_lease, take_lease
from router.audit.log.tables import log_leaves, log_state
from router.audit.tables import audit_entries
from router.clock import SystemClock
from router.store.database import reading
from serving.audit.leading import LEASE, MAX_PLACED
from serving.audit.settle import settle, settle_log
from serving.cluster.database import open_database
from serving.cluster.paths import ClusterPaths
from tests.log_case import LogCase, an_act, log_case
from tests.unit.clock import ManualClock
from tests.waiting import until


@pytest.fixture
def case(migrated_url: str) -> Iterator[LogCase]:
    with log_case(migrated_url) as case:
        yield case


def settled(case: LogCase) -> int:
    return settle_log(case.engine, case.key, SystemClock())


def test_what_waits_is_placed_and_signed_and_the_lease_given_back(case: LogCase) -> None:
    case.record(3)
    assert settled(case) == 4, "and how the log began"
    assert case.signed == [4]
    with reading(case.engine).connect() as connection:
        assert connection.execute(select(log_lease)).first() is None
    found = case.verify()
    assert (found.ok, found.began, found.pending, found.signed) == (True, True, 0, 4)


def test_where_nothing_waits_nothing_is_written(case: LogCase) -> None:
    assert settled(case) == 0
    case.record(1)
    settled(case)
    assert settled(case) == 0
    assert case.signed == [2]


def test_more_than_one_round_takes(case: LogCase) -> None:
    case.record(MAX_PLACED + 5)
    assert settled(case) == MAX_PLACED + 6
    assert case.signed == [MAX_PLACED, MAX_PLACED + 6]


def test_where_a_gateway_leads_it_is_left_to_that(case: LogCase) -> None:
    clock = ManualClock()
    with case.engine.begin() as connection:
        assert take_lease(connection, LEASE, "a gateway", clock.now_s())
    case.record(1)
    assert settle_log(case.engine, case.key, clock) == 0
    assert (case.placed, case.signed) == (0, [])
    with reading(case.engine).connect() as connection:
        assert connection.execute(select(log_lease.c.holder)).scalar() == "a gateway"


def test_an_act_that_is_deleted_afterwards_is_missed(case: LogCase) -> None:
    (entry_id,) = case.record(1)
    settled(case)
    with case.engine.begin() as connection:
        connection.execute(delete(audit_entries).where(audit_entries.c.id == entry_id))
    assert [fault.entry_id for fault in case.verify().faults] == [entry_id]


def test_gateways_that_start_and_serve_meanwhile_are_not_disturbed(case: LogCase) -> None:
    """Two gateways, and commands one after the other: one log, whole, each entry in it once."""
    failures: list[BaseException] = []

    def commands() -> None:
        try:
            for _ in range(20):
                # On SQLite the lock is nobody's in turn: whoever waits for it too long tries again.
                with suppress(OperationalError):
                    with case.engine.begin() as connection:
                        an_act(connection)
                    settled(case)
        except BaseException as error:
            failures.append(error)

    thread = threading.Thread(target=commands)
    thread.start()
    gateways = [case.sequencer(checkpoint_interval_s=0.0) for _ in range(2)]
    for gateway in gateways:
        gateway.start()
        for waiting in [case.writer.submit(an_act, owed=True) for _ in range(100)]:
            waiting.exception(60)
    thread.join()
    until(lambda: case.placed > 200)
    for gateway in gateways:
        gateway.close()
    assert failures == []
    settled(case)
    with reading(case.engine).connect() as connection:
        places = list(connection.scalars(select(log_leaves.c.seq).order_by(log_leaves.c.seq)))
    assert places == list(range(len(places)))
    found = case.verify()
    assert found.faults == ()
    assert (found.pending, found.signed) == (0, found.size)


def test_a_log_that_cannot_be_added_to_is_said_and_the_act_waits(case: LogCase) -> None:
    case.record(1)
    with case.engine.begin() as connection:
        connection.execute(delete(log_state))
    with pytest.raises(LogBroken):
        settled(case)
    assert case.placed == 0


def test_a_state_directory_has_all_that_it_takes(tmp_path: Path) -> None:
    paths = ClusterPaths.of(tmp_path / "state")
    engine = open_database(paths)
    with engine.begin() as connection:
        an_act(connection)
    engine.dispose()
    assert settle(paths) == 2
    assert settle(paths) == 0
