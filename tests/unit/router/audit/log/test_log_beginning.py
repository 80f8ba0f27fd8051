"""What was there before the log is written into it: a row cannot join it later with an old date."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, delete, insert, select, update

from router.audit.acts import Act, record_act
from router.audit.log.beginning import BEGAN, begin_log
from router.audit.log.sequence import sequence
from router.audit.log.tables import log_beginning, log_leaves
from router.audit.log.verify import verify
from router.audit.tables import audit_entries, audit_pending, decisions, outcomes
from tests.unit.router.audit.log.filled_log import (
    BEGAN_S,
    PUBLIC_KEY,
    add_requests,
    fill,
    prune,
    sign,
)

DAY_S = 86_400.0


def begin(engine: Engine, now_s: float = BEGAN_S) -> bool:
    """As the first gateway of this release does."""
    with engine.begin() as connection:
        begun = begin_log(connection, now_s)
        sequence(connection, 1_000)
        sign(connection, now_s)
    return begun


def rows_of_old(connection: Connection, count: int) -> list[str]:
    """Records of a release that had no log yet."""
    requests = add_requests(connection, count, BEGAN_S - DAY_S)
    mine = audit_entries.c.request_id.in_(requests)
    entries = select(audit_entries.c.id).where(mine)
    connection.execute(delete(audit_pending).where(audit_pending.c.entry_id.in_(entries)))
    connection.execute(delete(audit_entries).where(mine))
    return requests


def slip_in(engine: Engine, **changes: Any) -> None:
    with engine.begin() as connection:
        row = connection.execute(select(decisions)).mappings().first()
        assert row is not None
        forged = {"request_id": "forged", "recorded_at_s": BEGAN_S - DAY_S / 2}
        connection.execute(insert(decisions), [dict(row) | forged | changes])


def test_in_a_new_database_nothing_was_there(any_engine: Engine) -> None:
    assert begin(any_engine)
    fill(any_engine, 3)
    found = verify(any_engine, PUBLIC_KEY)
    assert found.faults == ()
    assert (found.began, found.before_log, found.size) == (True, 0, 7)
    slip_in(any_engine)
    (fault,) = verify(any_engine, PUBLIC_KEY).faults
    assert (fault.where, fault.request_id) == ("row in decisions", "forged")


def test_before_that_is_recorded_an_old_date_is_believed_and_that_is_said(engine: Engine) -> None:
    fill(engine, 3)
    slip_in(engine)
    found = verify(engine, PUBLIC_KEY)
    assert found.ok
    assert (found.began, found.before_log) == (False, 1)


def test_a_log_begins_once(any_engine: Engine) -> None:
    assert begin(any_engine)
    assert not begin(any_engine, BEGAN_S + 1)
    found = verify(any_engine, PUBLIC_KEY)
    assert (found.ok, found.size) == (True, 1)


@pytest.mark.parametrize("logged", [True, False])
def test_records_of_an_earlier_release_are_the_ones_that_were_there(
    any_engine: Engine, logged: bool
) -> None:
    """`logged`: the release before this one had a log already."""
    with any_engine.begin() as connection:
        rows_of_old(connection, 3)
    if logged:
        fill(any_engine, 2)
    begin(any_engine, BEGAN_S + 60)
    fill(any_engine, 2, BEGAN_S + 61)
    found = verify(any_engine, PUBLIC_KEY)
    assert found.faults == ()
    assert (found.began, found.before_log) == (True, 6)


TAMPERINGS: dict[str, Any] = {
    "one more": lambda c, old: c.execute(
        insert(decisions),
        [dict(c.execute(select(decisions)).mappings().first()) | {"request_id": "forged"}],
    ),
    "one less": lambda c, old: c.execute(delete(outcomes).where(outcomes.c.request_id == old)),
    "another team": lambda c, old: c.execute(
        update(decisions).where(decisions.c.request_id == old).values(team="billing")
    ),
    "another model": lambda c, old: c.execute(
        update(outcomes).where(outcomes.c.request_id == old).values(model="other@1")
    ),
    "other reasons": lambda c, old: c.execute(
        update(decisions).where(decisions.c.request_id == old).values(reasons=["none"])
    ),
}


@pytest.mark.parametrize("what", TAMPERINGS)
def test_no_record_from_before_can_be_added_taken_or_changed(any_engine: Engine, what: str) -> None:
    with any_engine.begin() as connection:
        (old, *_) = rows_of_old(connection, 3)
    fill(any_engine, 2)
    begin(any_engine, BEGAN_S + 60)
    with any_engine.begin() as connection:
        TAMPERINGS[what](connection, old)
    (fault,) = verify(any_engine, PUBLIC_KEY).faults
    assert fault.where.startswith("rows in ")
    assert "when it began" in fault.what


def test_a_later_row_is_still_named_by_itself(engine: Engine) -> None:
    with engine.begin() as connection:
        rows_of_old(connection, 3)
    fill(engine, 2)
    begin(engine, BEGAN_S + 60)
    slip_in(engine, recorded_at_s=BEGAN_S + 30)
    (fault,) = verify(engine, PUBLIC_KEY).faults
    assert (fault.where, fault.request_id) == ("row in decisions", "forged")


@pytest.mark.parametrize("logged", [True, False])
@pytest.mark.parametrize(
    "odd",
    [
        {"request_id": ""},
        {"request_id": b"\xff"},
        {"recorded_at_s": math.inf},
        {"recorded_at_s": "yesterday"},
    ],
    ids=str,
)
def test_what_no_gateway_would_write_is_not_overlooked(
    engine: Engine, odd: dict[str, Any], logged: bool
) -> None:
    with engine.begin() as connection:
        rows_of_old(connection, 3)
    if logged:
        fill(engine, 2)
    begin(engine, BEGAN_S + 60)
    slip_in(engine)
    ((column, value),) = odd.items()
    with engine.begin() as connection:
        connection.exec_driver_sql(
            f"UPDATE decisions SET {column} = ? WHERE request_id = 'forged'", (value,)
        )
    assert not verify(engine, PUBLIC_KEY).ok


@pytest.mark.parametrize("logged", [True, False])
def test_an_outcome_that_nobody_decided_is_named(engine: Engine, logged: bool) -> None:
    with engine.begin() as connection:
        rows_of_old(connection, 3)
    if logged:
        fill(engine, 2)
    begin(engine, BEGAN_S + 60)
    with engine.connect() as connection:
        connection.exec_driver_sql("COMMIT")
        connection.exec_driver_sql("PRAGMA foreign_keys = OFF")
        connection.exec_driver_sql("BEGIN IMMEDIATE")
        row = connection.execute(select(outcomes)).mappings().first()
        assert row is not None
        connection.execute(insert(outcomes), [dict(row) | {"request_id": "forged"}])
        connection.commit()
    (fault,) = verify(engine, PUBLIC_KEY).faults
    assert (fault.where, fault.request_id) == ("row in outcomes", "forged")


def test_a_log_that_is_said_to_begin_again_is_named(engine: Engine) -> None:
    begin(engine)
    fill(engine, 2)
    slip_in(engine)
    with engine.begin() as connection:
        connection.execute(delete(log_beginning))
    begin(engine, BEGAN_S + 60)
    faults = verify(engine, PUBLIC_KEY).faults
    assert [fault.where for fault in faults] == ["place 5", "row in decisions"]


@pytest.mark.parametrize(
    "details",
    [
        {},
        {"before_s": "yesterday"},
        {"before_s": None, "decisions": 3, "outcomes": None},
        {"before_s": None, "decisions": {"count": "x", "columns": [], "sha256": ""}},
        {"before_s": None, "decisions": {"count": 10**400, "columns": [], "sha256": ""}},
        {"before_s": 10**400, "decisions": {"count": 1, "columns": [], "sha256": ""}},
    ],
)
def test_an_act_that_does_not_say_what_was_there_is_a_fault_and_stops_nobody(
    engine: Engine, details: Any
) -> None:
    fill(engine, 2)
    slip_in(engine)
    with engine.begin() as connection:
        record_act(connection, Act(BEGAN, "cluster", "", details), BEGAN_S)
    assert not verify(engine, PUBLIC_KEY).ok


def test_the_act_outlives_the_pruning_of_its_segment(engine: Engine) -> None:
    begin(engine, BEGAN_S - 1)
    fill(engine, 20)
    prune(engine, BEGAN_S + 99)
    found = verify(engine, PUBLIC_KEY)
    assert found.faults == ()
    assert (found.began, found.pruned) == (True, 31)
    with engine.connect() as connection:
        first = select(log_leaves.c.entry_id).where(log_leaves.c.seq == 0).scalar_subquery()
        body = connection.scalar(select(audit_entries.c.body).where(audit_entries.c.id == first))
    assert body is not None
    assert json.loads(body)["details"]["decisions"]["count"] == 0


def test_the_act_cannot_be_taken_away_as_if_it_had_been_pruned(any_engine: Engine) -> None:
    """And the log begun again, over what was slipped in meanwhile."""
    begin(any_engine, BEGAN_S - 1)
    fill(any_engine, 20)
    prune(any_engine, BEGAN_S + 99)
    first = select(log_leaves.c.entry_id).where(log_leaves.c.seq == 0).scalar_subquery()
    with any_engine.begin() as connection:
        mine = audit_entries.c.id == first
        connection.execute(update(audit_entries).where(mine).values(body=None))
        connection.execute(delete(log_beginning))
    slip_in(any_engine)
    begin(any_engine, BEGAN_S + 200)
    (fault,) = verify(any_engine, PUBLIC_KEY).faults
    assert (fault.where, fault.what) == ("place 0", "the entry is gone, and pruning kept it")
