"""`verify` accepts what is right: a log that grows, waits, is pruned, or began late."""

from __future__ import annotations

import pytest
from sqlalchemy import Engine, delete, insert, select, update

from router.audit.entries import Entry, EntryKind, append
from router.audit.log.checkpoint import make_checkpoint, stored_notes
from router.audit.log.faults import MAX_LISTED
from router.audit.log.pruning import prune_segments
from router.audit.log.sequence import read_frontier, sequence
from router.audit.log.tables import log_checkpoints, log_leaves, log_state
from router.audit.log.verify import verify
from router.audit.tables import audit_entries, audit_pending, decisions, outcomes
from tests.unit.router.audit.log.filled_log import (
    BEGAN_S,
    KEY,
    PUBLIC_KEY,
    add_act,
    add_requests,
    fill,
    prune,
    sign,
)


def test_an_empty_log_is_whole(engine: Engine) -> None:
    found = verify(engine, PUBLIC_KEY)
    assert found.ok
    assert (found.size, found.signed, found.checkpoints, found.pending) == (0, 0, 0, 0)


def test_a_log_of_everything_is_whole(any_engine: Engine) -> None:
    for number in range(3):
        fill(any_engine, 100, BEGAN_S + 200 * number)
    with any_engine.begin() as connection:
        add_act(connection, BEGAN_S + 700)
        sequence(connection, 100)
        add_requests(connection, 3, BEGAN_S + 701)
    seen: list[tuple[int, int]] = []
    found = verify(any_engine, PUBLIC_KEY, progress=lambda *said: seen.append(said))
    assert found.faults == ()
    assert (found.size, found.signed, found.checkpoints, found.pending) == (601, 600, 3, 6)
    assert seen[-1] == (601, 601)
    with any_engine.begin() as connection:
        assert found.root == read_frontier(connection).root()


def test_it_may_grow_while_it_is_verified(engine: Engine) -> None:
    fill(engine, 4)

    def progress(_done: int, _size: int) -> None:
        fill(engine, 2, BEGAN_S + 100)

    found = verify(engine, PUBLIC_KEY, progress=progress)
    assert found.faults == ()
    assert found.size == 8


def test_an_entry_may_say_what_utf_8_cannot(engine: Engine) -> None:
    with engine.begin() as connection:
        append(connection, Entry(EntryKind.ACT, BEGAN_S, {"act": "\ud800 alone"}))
        sequence(connection, 100)
        sign(connection)
    assert verify(engine, PUBLIC_KEY).ok


def test_records_from_before_the_log_are_counted(any_engine: Engine) -> None:
    with any_engine.begin() as connection:
        add_requests(connection, 3, BEGAN_S - 1_000)
        connection.execute(delete(audit_pending))
        connection.execute(delete(audit_entries))
    assert verify(any_engine, PUBLIC_KEY).before_log == 6, "nothing has been logged so far"
    fill(any_engine, 2)
    found = verify(any_engine, PUBLIC_KEY)
    assert found.ok
    assert found.before_log == 6


def test_an_entry_that_was_emptied_before_it_had_a_place_is_named(engine: Engine) -> None:
    with engine.begin() as connection:
        entry_id = append(connection, Entry(EntryKind.ACT, BEGAN_S, {"act": "something"}))
        connection.execute(update(audit_entries).values(body=None))
    (fault,) = verify(engine, PUBLIC_KEY).faults
    assert fault.entry_id == entry_id
    assert "gone" in fault.what


def test_a_record_that_was_slipped_in_later_is_not_from_before(engine: Engine) -> None:
    fill(engine, 2)
    with engine.begin() as connection:
        row = connection.execute(select(decisions)).mappings().first()
        assert row is not None
        connection.execute(insert(decisions), [dict(row) | {"request_id": "slipped-in"}])
    faults = verify(engine, PUBLIC_KEY).faults
    assert [(fault.where, fault.request_id) for fault in faults] == [
        ("row in decisions", "slipped-in")
    ]


def test_a_log_rolled_back_with_its_checkpoints_is_seen_by_who_kept_one(engine: Engine) -> None:
    fill(engine, 3)
    with engine.begin() as connection:
        then = read_frontier(connection)
    fill(engine, 3, BEGAN_S + 60)
    with engine.begin() as connection:
        (kept,) = stored_notes(connection, 1)
        connection.execute(delete(log_checkpoints).where(log_checkpoints.c.size > then.size))
        connection.execute(update(log_state).values(size=then.size, frontier=then.packed()))
        lost = select(log_leaves.c.entry_id).where(log_leaves.c.seq >= then.size)
        for table in (outcomes, decisions):
            mine = select(audit_entries.c.request_id).where(audit_entries.c.id.in_(lost))
            connection.execute(delete(table).where(table.c.request_id.in_(mine)))
        connection.execute(delete(audit_entries).where(audit_entries.c.id.in_(lost)))
        connection.execute(delete(log_leaves).where(log_leaves.c.seq >= then.size))
    assert verify(engine, PUBLIC_KEY).ok, "nothing in it says that there was more"
    found = verify(engine, PUBLIC_KEY, witnesses=[kept])
    (fault,) = found.faults
    assert (fault.where, found.witnesses) == ("witness 1", 1)
    assert "rolled back" in fault.what


def test_a_witness_of_another_history_contradicts(engine: Engine) -> None:
    fill(engine, 3)
    with engine.begin() as connection:
        (kept,) = stored_notes(connection, 1)
    fork = make_checkpoint(KEY, 4, bytes(32), int(BEGAN_S)).note
    foreign = kept.replace("ringfence/", "another/")
    found = verify(engine, PUBLIC_KEY, witnesses=[kept, fork, foreign, "nothing"])
    assert [fault.where for fault in found.faults] == ["witness 3", "witness 4", "witness 2"]
    assert "places 0 to 3" in found.faults[2].what


def test_a_segment_goes_when_all_of_it_is_old_and_signed(any_engine: Engine) -> None:
    fill(any_engine, 20)  # 40 entries in 20 seconds
    assert prune(any_engine, BEGAN_S + 5) == 0
    assert prune(any_engine, BEGAN_S + 9) == 16
    assert prune(any_engine, BEGAN_S + 9) == 0
    assert prune(any_engine, BEGAN_S + 99) == 16, "the rest is no whole segment"
    with any_engine.begin() as connection:
        bodies = select(audit_entries.c.id).where(audit_entries.c.body.is_(None))
        assert len(connection.execute(bodies).all()) == 32
        assert len(connection.execute(select(decisions)).all()) == 4
    found = verify(any_engine, PUBLIC_KEY)
    assert found.faults == ()
    assert found.pruned == 32


def test_the_acts_outlive_their_own_segment(engine: Engine) -> None:
    fill(engine, 20)
    prune(engine, BEGAN_S + 99)
    fill(engine, 20, BEGAN_S + 200)
    assert verify(engine, PUBLIC_KEY).pruned == 32, "the acts are in the log now"
    prune(engine, BEGAN_S + 999)
    found = verify(engine, PUBLIC_KEY)
    assert found.faults == ()
    assert found.pruned == 5 * 16 - 2


def test_pruning_that_was_cut_off_is_taken_up_again(engine: Engine) -> None:
    fill(engine, 20)
    with engine.begin() as connection:
        step = {"now_s": BEGAN_S + 99, "actor": "retention", "reason": "", "segment_leaves": 16}
        assert prune_segments(connection, BEGAN_S + 99, batch=6, **step) == 6
    found = verify(engine, PUBLIC_KEY)
    assert found.faults == ()
    assert found.pruned == 6
    assert prune(engine, BEGAN_S + 99) == 26
    assert verify(engine, PUBLIC_KEY).pruned == 32


def test_a_record_over_the_edge_of_a_segment_goes_when_both_halves_may(engine: Engine) -> None:
    with engine.begin() as connection:
        add_act(connection, BEGAN_S - 1)  # so that segments end between the halves of a record
        sequence(connection, 1)
    fill(engine, 20)
    for segments, left in ((1, 20 - 7), (2, 20 - 15)):
        prune(engine, BEGAN_S + 8 * segments)
        with engine.begin() as connection:
            rows = [len(connection.execute(select(t)).all()) for t in (decisions, outcomes)]
        assert rows == [left, left]
        found = verify(engine, PUBLIC_KEY)
        assert found.faults == ()
        assert found.pruned == segments * 16


@pytest.mark.parametrize("what", ["body", "record of pruning"])
def test_what_goes_without_an_act_is_named(engine: Engine, what: str) -> None:
    fill(engine, 20)
    prune(engine, BEGAN_S + 8)
    with engine.begin() as connection:
        sequence(connection, 100)
        act = select(log_leaves.c.entry_id).where(log_leaves.c.seq == 40)
        other = select(log_leaves.c.entry_id).where(log_leaves.c.seq == 20)
        gone = other if what == "body" else act
        connection.execute(
            update(audit_entries)
            .where(audit_entries.c.id == gone.scalar_subquery())
            .values(body=None)
        )
    places = [fault.where for fault in verify(engine, PUBLIC_KEY).faults]
    if what == "body":
        assert places == ["place 20"]
    else:
        assert places == ["pruned segment from place 0", "places 0 to 15", "place 40"]


def test_a_leaf_in_the_far_future_does_not_keep_it_busy(engine: Engine) -> None:
    fill(engine, 2)
    far = 1 << 40
    with engine.begin() as connection:
        connection.execute(update(log_leaves).where(log_leaves.c.seq == 3).values(seq=far))
        connection.execute(update(log_state).values(size=far + 1, frontier=bytes(64)))
    where = {fault.where for fault in verify(engine, PUBLIC_KEY).faults}
    assert {f"places 3 to {far - 1}", f"from place {far} on", "state"} <= where


def test_a_log_that_lost_its_state_is_followed_as_far_as_it_goes(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(delete(log_state))
    (fault,) = verify(engine, PUBLIC_KEY).faults
    assert fault.where == "state"
    fill_anew(engine)
    found = verify(engine, PUBLIC_KEY)
    assert (found.size, found.signed) == (4, 4)
    assert {fault.where for fault in found.faults} == {"state"}


def fill_anew(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(insert(log_state), [{"id": 1, "size": 0, "frontier": b""}])
    fill(engine, 2)
    with engine.begin() as connection:
        connection.execute(delete(log_state))


def test_a_log_that_is_all_wrong_is_reported_and_not_collected(engine: Engine) -> None:
    with engine.begin() as connection:
        for _ in range(MAX_LISTED + 200):
            add_act(connection)
        sequence(connection, 10_000)
        connection.execute(update(audit_entries).values(body=b"{}"))
    found = verify(engine, PUBLIC_KEY)
    assert len(found.faults) == MAX_LISTED
    assert found.faults_total == MAX_LISTED + 200
