"""Of a pruned entry its id, kind, request and time are left, and cannot be changed unseen."""

from __future__ import annotations

import json
from typing import Any

import pytest
from sqlalchemy import Engine, insert, select, update

from router.audit.acts import Act, record_act
from router.audit.log.columns import BLOCK_LEAVES
from router.audit.log.segments import PRUNED
from router.audit.log.sequence import sequence
from router.audit.log.tables import log_leaves, log_pruned
from router.audit.log.verify import verify
from router.audit.tables import audit_entries
from tests.unit.router.audit.log.filled_log import BEGAN_S, PUBLIC_KEY, fill, prune, sign

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
