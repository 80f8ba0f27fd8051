"""Entries get their places in order, once, and nobody can give out a place twice."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import Connection, Engine, delete, select, update

from router.audit.log.errors import LogBroken, LogMoved
from router.audit.log.merkle import leaf_hash
from router.audit.log.sequence import read_frontier, sequence
from router.audit.log.tables import log_leaves, log_state, log_tiles
from router.audit.tables import audit_entries, audit_pending
from tests.unit.router.audit.log.filled_log import add_act, add_requests, grown


def test_entries_are_placed_in_the_order_they_were_made_in(engine: Engine) -> None:
    """Within a millisecond, too: a request that is refused at once is decided on first."""
    with engine.begin() as connection:
        add_requests(connection, 50)
        made = select(audit_entries.c.id).order_by(audit_entries.c.recorded_at_s)
        ids = list(connection.execute(made).scalars())
        assert sequence(connection, 1_000) == 100
        leaves = connection.execute(select(log_leaves).order_by(log_leaves.c.seq)).all()
        assert [(leaf.seq, leaf.entry_id) for leaf in leaves] == list(enumerate(ids))


def test_as_many_as_are_asked_for_and_each_once(engine: Engine) -> None:
    with engine.begin() as connection:
        add_requests(connection, 3)
        assert [sequence(connection, 4) for _ in range(3)] == [4, 2, 0]
        placed = connection.execute(select(log_leaves.c.seq, log_leaves.c.entry_id)).all()
        assert sorted(seq for seq, _ in placed) == list(range(6))
        assert len({entry_id for _, entry_id in placed}) == 6
        assert connection.execute(select(audit_pending)).all() == []


def test_a_leaf_is_the_hash_of_the_entry_as_it_is_stored(engine: Engine) -> None:
    with engine.begin() as connection:
        add_requests(connection, 2)
        sequence(connection, 100)
        statement = select(audit_entries.c.body, log_leaves.c.leaf_hash).join_from(
            audit_entries, log_leaves, log_leaves.c.entry_id == audit_entries.c.id
        )
        for body, leaf in connection.execute(statement):
            assert leaf == leaf_hash(body)


def test_the_right_edge_is_that_of_all_leaves_however_they_came(any_engine: Engine) -> None:
    with any_engine.begin() as connection:
        for count in (1, 150, 7, 130):
            add_requests(connection, count)
            while sequence(connection, 100):
                pass
        stored = read_frontier(connection)
        leaves = connection.execute(select(log_leaves.c.leaf_hash).order_by(log_leaves.c.seq))
        whole, tiles = grown(leaves.scalars())
        assert (stored.size, stored.packed()) == (576, whole.packed())
        kept = connection.execute(select(log_tiles).order_by(log_tiles.c.number)).all()
        assert [tuple(row) for row in kept] == [(t.level, t.number, t.digest) for t in tiles]
        assert len(kept) == 2


def test_two_that_sequence_at_once_do_not_fork_the_log(any_engine: Engine) -> None:
    """What another has done between reading the state and moving it is not built upon."""
    with any_engine.begin() as connection:
        add_requests(connection, 2)
    with any_engine.connect() as connection:
        # As a second sequencer would see it that read the state before the first one's commit.
        stale = Stale(connection)
        with pytest.raises(LogMoved):
            sequence(stale, 100)
        assert connection.execute(select(log_leaves)).all() == []


class Stale:
    """A connection on which somebody else is a moment faster."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def execute(self, statement: Any, *values: Any) -> Any:
        if statement.is_update:
            self._connection.execute(update(log_state).values(size=log_state.c.size + 1))
        return self._connection.execute(statement, *values)


def test_a_log_without_a_usable_state_is_not_added_to(engine: Engine) -> None:
    with engine.begin() as connection:
        add_act(connection)
        connection.execute(update(log_state).values(size=3))
        with pytest.raises(LogBroken):
            sequence(connection, 100)
        connection.execute(delete(log_state))
        with pytest.raises(LogBroken):
            sequence(connection, 100)
