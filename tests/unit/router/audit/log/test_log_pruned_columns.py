"""Of a pruned entry its id, kind, request and time are left, and cannot be changed unseen."""

from __future__ import annotations

import json
from typing import Any

import pytest
from sqlalchemy import Engine, delete, insert, select, update

from router.audit.acts import Act, record_act
from router.audit.log.columns import BLOCK_LEAVES
from router.audit.log.segments import PRUNED
from router.audit.log.sequence import sequence
from router.audit.log.tables import log_leaves, log_pruned
from router.audit.log.verify import verify
from router.audit.tables import audit_entries, decisions, outcomes
from tests.unit.router.audit.log.filled_log import (
    BEGAN_S,
    PUBLIC_KEY,
    add_decision,
    add_outcome,
    fill,
    prune,
    sign,
)

OTHER: dict[str, Any] = {
    "recorded_at_s": BEGAN_S - 86_400,
    "kind": "act",
    "request_id": "0199d2c4-7b1e-7c55-9a51-0e2d5a1f6b3c",
}


def change(engine: Engine, seq: int, **columns: Any) -> None:
    entry = select(log_leaves.c.entry_id).where(log_leaves.c.seq == seq).scalar_subquery()
    with engine.begin() as connection:
        connection.execute(
            update(audit_entries).where(audit_entries.c.id == entry).values(**columns)
        )


@pytest.mark.parametrize("column", OTHER)
def test_a_column_that_is_changed_after_pruning_is_named(any_engine: Engine, column: str) -> None:
    fill(any_engine, 20)
    assert prune(any_engine, BEGAN_S + 99) == 32
    assert verify(any_engine, PUBLIC_KEY).faults == ()
    change(any_engine, 17, **{column: OTHER[column]})
    (fault,) = verify(any_engine, PUBLIC_KEY).faults
    assert fault.where == "places 16 to 31"
    assert "is not what it was" in fault.what


def test_the_place_is_named_to_a_block(engine: Engine) -> None:
    fill(engine, BLOCK_LEAVES + 8)
    assert prune(engine, BEGAN_S + 9_999, 2 * BLOCK_LEAVES + 16, 5_000) == 2 * BLOCK_LEAVES + 16
    change(engine, BLOCK_LEAVES + 3, kind="act")
    change(engine, 2 * BLOCK_LEAVES + 3, kind="act")
    assert [fault.where for fault in verify(engine, PUBLIC_KEY).faults] == [
        f"places {BLOCK_LEAVES} to {2 * BLOCK_LEAVES - 1}",
        f"places {2 * BLOCK_LEAVES} to {2 * BLOCK_LEAVES + 15}",
    ]


def prune_as_before(engine: Engine, act: dict[str, Any]) -> None:
    """A segment as an earlier release left it, whose act has these details."""
    with engine.begin() as connection:
        entry_id = record_act(connection, Act(PRUNED, "retention", "", act), BEGAN_S + 99)
        row = {"first_seq": 0, "end_seq": 16, "entry_id": entry_id}
        connection.execute(insert(log_pruned), [row])
        old = select(log_leaves.c.entry_id).where(log_leaves.c.seq < 16)
        connection.execute(
            update(audit_entries).where(audit_entries.c.id.in_(old)).values(body=None)
        )
        requests = select(audit_entries.c.request_id).where(audit_entries.c.body.is_(None))
        for table in (outcomes, decisions):
            connection.execute(delete(table).where(table.c.request_id.in_(requests)))
        sequence(connection, 1_000)
        sign(connection, BEGAN_S + 100)


def test_what_an_earlier_release_pruned_is_whole_and_said_to_be_less(engine: Engine) -> None:
    fill(engine, 20)
    prune_as_before(engine, {"first_seq": 0, "end_seq": 16})
    found = verify(engine, PUBLIC_KEY)
    assert found.faults == ()
    assert (found.pruned, found.pruned_bare) == (16, 16)
    assert prune(engine, BEGAN_S + 99) == 16, "and pruning goes on behind it"
    found = verify(engine, PUBLIC_KEY)
    assert found.faults == ()
    assert (found.pruned, found.pruned_bare) == (32, 16)


@pytest.mark.parametrize(
    "more",
    [
        {"columns_sha256": ["0" * 64]},
        {"columns_sha256": ["0" * 64] * 3},
        {"columns_sha256": [1, None], "block_leaves": 8},
        {"columns_sha256": {"a": "b"}, "block_leaves": -1},
        {"columns_sha256": 7},
        {"columns_sha256": ["0" * 64], "block_leaves": "many"},
        {"columns_sha256": ["0" * 64], "kept": ["many"]},
        {"columns_sha256": ["0" * 64], "kept": [0]},
    ],
)
def test_an_act_that_says_anything_else_is_a_fault_and_stops_nobody(
    engine: Engine, more: dict[str, Any]
) -> None:
    fill(engine, 20)
    prune_as_before(engine, {"first_seq": 0, "end_seq": 16, **more})
    assert not verify(engine, PUBLIC_KEY).ok


def test_the_act_has_the_digests(engine: Engine) -> None:
    fill(engine, 20)
    prune(engine, BEGAN_S + 99)
    acts = select(audit_entries.c.body).where(audit_entries.c.kind == "act")
    with engine.connect() as connection:
        said = [json.loads(body)["details"] for body in connection.scalars(acts)]
    assert [len(each["columns_sha256"]) for each in said] == [1, 1]


def test_a_row_of_a_pruned_record_that_comes_back_is_named(any_engine: Engine) -> None:
    (request_id, *_) = fill(any_engine, 20)
    with any_engine.connect() as connection:
        mine = [
            (table, connection.execute(select(table).where(table.c.request_id == request_id)))
            for table in (decisions, outcomes)
        ]
        rows = [(table, dict(found.mappings().one())) for table, found in mine]
    assert prune(any_engine, BEGAN_S + 99) == 32
    for count, (table, row) in enumerate(rows, 1):
        with any_engine.begin() as connection:
            connection.execute(insert(table), [row])
        faults = verify(any_engine, PUBLIC_KEY).faults
        assert [fault.request_id for fault in faults] == [request_id] * count
        assert faults[-1].where == f"row in {table.name}"


def test_a_decision_whose_outcome_is_not_pruned_keeps_its_row(any_engine: Engine) -> None:
    with any_engine.begin() as connection:
        request_id = add_decision(connection, BEGAN_S)
    fill(any_engine, 20, BEGAN_S + 1)
    with any_engine.begin() as connection:
        add_outcome(connection, request_id, BEGAN_S + 60)
        sequence(connection, 1_000)
        sign(connection, BEGAN_S + 60)
    assert prune(any_engine, BEGAN_S + 99) == 32
    assert verify(any_engine, PUBLIC_KEY).faults == ()


def test_a_number_that_is_none_stops_nobody(engine: Engine) -> None:
    fill(engine, 20)
    prune_as_before(engine, {"first_seq": 0, "end_seq": 16, "block_leaves": 1_234})
    with engine.begin() as connection:
        act = select(log_pruned.c.entry_id).scalar_subquery()
        connection.execute(delete(log_leaves).where(log_leaves.c.entry_id == act))
        mine = audit_entries.c.id == act
        body = connection.scalar(select(audit_entries.c.body).where(mine))
        assert body is not None
        forged = body.replace(b"1234", b"1e999")
        connection.execute(update(audit_entries).where(mine).values(body=forged))
    wheres = {fault.where for fault in verify(engine, PUBLIC_KEY).faults}
    assert "pruned segment from place 0" in wheres
