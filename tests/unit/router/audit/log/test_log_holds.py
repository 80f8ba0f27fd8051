"""A legal hold keeps the log's bodies, too: what it covers is not pruned before it is lifted."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import Engine, insert, select, update

from router.audit.log.pruning import prune_segments
from router.audit.log.tables import log_leaves
from router.audit.log.verify import verify
from router.audit.tables import audit_entries
from router.audit.vault.tables import vault_holds, vault_keys, vault_texts
from router.ids import new_id
from tests.unit.router.audit.log.filled_log import BEGAN_S, PUBLIC_KEY, fill, prune

LATE_S = BEGAN_S + 999
SUBJECT = "a digest"


def hold(engine: Engine, **covers: Any) -> str:
    row: dict[str, Any] = dict.fromkeys(
        ("request_id", "key_id", "team", "subject", "from_s", "to_s")
    )
    row |= {"id": new_id(), "reason": "suit", "placed_by": "counsel", "placed_at_s": BEGAN_S}
    with engine.begin() as connection:
        connection.execute(insert(vault_holds), [row | covers])
    return str(row["id"])


def lift(engine: Engine, hold_id: str) -> None:
    with engine.begin() as connection:
        mine = vault_holds.c.id == hold_id
        connection.execute(update(vault_holds).where(mine).values(lifted_at_s=LATE_S))


def keep_text(engine: Engine, request_id: str, team: str, subject: str) -> None:
    key_id = new_id()
    text = {"request_id": request_id, "part": "input", "key_id": key_id, "team": team}
    text |= {"data_class": "restricted", "requested_at_s": BEGAN_S, "sealed": b"sealed"}
    key = {"id": key_id, "team": team, "subject": subject, "created_at_s": BEGAN_S}
    with engine.begin() as connection:
        connection.execute(insert(vault_keys), [key])
        connection.execute(insert(vault_texts), [text | {"subject": subject}])


def without_body(engine: Engine) -> list[int]:
    """The first places of segments of 16 that have lost bodies."""
    gone = select(log_leaves.c.seq).join(audit_entries, audit_entries.c.id == log_leaves.c.entry_id)
    with engine.connect() as connection:
        places = connection.scalars(gone.where(audit_entries.c.body.is_(None))).all()
    return sorted({place // 16 * 16 for place in places})


@pytest.mark.parametrize("kind", ["request", "subject", "time"])
def test_a_held_request_keeps_its_segment_and_no_other(any_engine: Engine, kind: str) -> None:
    requests = fill(any_engine, 24)  # 48 entries, 8 requests in each segment of 16
    held = requests[10]
    keep_text(any_engine, held, "claims", SUBJECT)
    covers: dict[str, dict[str, Any]] = {
        "request": {"request_id": held},
        "subject": {"team": "claims", "subject": SUBJECT},
        "time": {"team": "claims", "from_s": BEGAN_S + 10, "to_s": BEGAN_S + 11},
    }
    placed = hold(any_engine, **covers[kind])
    assert prune(any_engine, LATE_S) == 32
    assert without_body(any_engine) == [0, 32]
    found = verify(any_engine, PUBLIC_KEY)
    assert (found.faults, found.pruned) == ((), 32)
    assert prune(any_engine, LATE_S) == 0
    lift(any_engine, placed)
    assert prune(any_engine, LATE_S) == 16
    found = verify(any_engine, PUBLIC_KEY)
    assert (found.faults, found.pruned) == ((), 48)


@pytest.mark.parametrize(
    "covers",
    [
        {"request_id": "another"},
        {"team": "billing", "from_s": 0.0, "to_s": LATE_S},
        {"team": "claims", "from_s": BEGAN_S + 24, "to_s": LATE_S},
        {"team": "claims", "from_s": 0.0, "to_s": BEGAN_S},
        {"team": "billing", "subject": SUBJECT},
        {"team": "claims", "subject": "another"},
    ],
)
def test_a_hold_on_something_else_keeps_nothing(engine: Engine, covers: dict[str, Any]) -> None:
    requests = fill(engine, 24)
    keep_text(engine, requests[3], "claims", SUBJECT)
    hold(engine, **covers)
    assert prune(engine, LATE_S) == 48


def test_both_segments_of_a_record_over_an_edge_are_held(engine: Engine) -> None:
    requests = fill(engine, 24)
    hold(engine, request_id=requests[7])
    assert prune(engine, LATE_S, segment_leaves=15) == 15  # places 14 and 15 are its two halves
    assert {place // 15 for place in without_body_places(engine)} == {2}


def without_body_places(engine: Engine) -> list[int]:
    gone = select(log_leaves.c.seq).join(audit_entries, audit_entries.c.id == log_leaves.c.entry_id)
    with engine.connect() as connection:
        return [*connection.scalars(gone.where(audit_entries.c.body.is_(None)))]


def test_a_hold_comes_too_late_for_a_segment_that_is_being_emptied(engine: Engine) -> None:
    requests = fill(engine, 24)
    with engine.begin() as connection:
        prune_segments(
            connection,
            LATE_S,
            now_s=LATE_S,
            actor="retention",
            reason="",
            segment_leaves=16,
            batch=4,
        )
    hold(engine, request_id=requests[5])
    assert prune(engine, LATE_S) == 44, "the act of it is in the log already"
    assert verify(engine, PUBLIC_KEY).faults == ()


@pytest.mark.parametrize("kind", ["request", "subject", "time"])
def test_thousands_of_holds_are_no_more_than_one(any_engine: Engine, kind: str) -> None:
    requests = fill(any_engine, 24)
    keep_text(any_engine, requests[10], "claims", SUBJECT)
    nothing = dict.fromkeys(("request_id", "key_id", "team", "subject", "from_s", "to_s"))
    said = {"reason": "suit", "placed_by": "counsel", "placed_at_s": BEGAN_S}
    covered = {
        "request": lambda n: {"request_id": f"other-{n}", "key_id": "key"},
        "subject": lambda n: {"team": "claims", "subject": f"other-{n}"},
        "time": lambda n: {"team": f"other-{n}", "from_s": 0.0, "to_s": LATE_S},
    }[kind]
    rows = [nothing | said | {"id": str(n)} | covered(n) for n in range(2_000)]
    with any_engine.begin() as connection:
        connection.execute(insert(vault_holds), rows)
    mine = {
        "request": {"request_id": requests[10], "key_id": "key"},
        "subject": {"team": "claims", "subject": SUBJECT},
        "time": {"team": "claims", "from_s": BEGAN_S + 10, "to_s": BEGAN_S + 11},
    }
    hold(any_engine, **mine[kind])
    prune(any_engine, LATE_S)
    assert without_body(any_engine) == [0, 32]
