"""Flip one bit anywhere in the stored log, drop, swap or back-date a record: the place is named."""

from __future__ import annotations

import json
import random
import sqlite3
import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from sqlalchemy import Engine

from router.audit.canonical import canonical_json
from router.audit.log.beginning import begin_log
from router.audit.log.faults import Fault
from router.audit.log.merkle import leaf_hash
from router.audit.log.sequence import sequence
from router.audit.log.verify import verify
from router.store.database import connect
from router.store.migrate import migrate
from tests.unit.router.audit.log.filled_log import (
    BEGAN_S,
    PUBLIC_KEY,
    add_act,
    add_requests,
    fill,
    grown,
    prune,
    sign,
)

ROUNDS = 1_000
SEGMENT = 16
ROW_KINDS = {"decision": "decisions", "outcome": "outcomes"}


@dataclass
class Place:
    """What a fault must name one of."""

    where: tuple[str, ...] = ()
    seqs: tuple[int, ...] = ()
    entry_ids: tuple[str, ...] = ()
    request_ids: tuple[str, ...] = ()

    def is_named_by(self, fault: Fault) -> bool:
        return (
            fault.where in self.where
            or fault.seq in self.seqs
            or fault.entry_id in self.entry_ids
            or fault.request_id in self.request_ids
        )


class Log:
    """A log in memory that is put back as it was before every round."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        raw = engine.raw_connection()
        assert isinstance(raw.driver_connection, sqlite3.Connection)
        self.db = raw.driver_connection
        self.db.execute("PRAGMA foreign_keys=OFF")
        self.intact = sqlite3.connect(":memory:")
        self.db.backup(self.intact)

    def restore(self) -> None:
        self.intact.backup(self.db)

    def rows(self, statement: str, *values: object) -> list[Any]:
        return self.db.execute(statement, values).fetchall()


@pytest.fixture(scope="module")
def log() -> Iterator[Log]:
    """How it began, two pruned segments, three checkpoints, acts, and some that still wait."""
    engine = connect("sqlite://")
    migrate(engine)
    with engine.begin() as connection:
        begin_log(connection, BEGAN_S - 1)
    fill(engine, 10)
    fill(engine, 10, BEGAN_S + 10)
    now_s = BEGAN_S + 30
    assert prune(engine, now_s, SEGMENT) == 2 * SEGMENT
    with engine.begin() as connection:
        add_act(connection, now_s)
        add_requests(connection, 10, now_s)
        sequence(connection, 1_000)
        sign(connection, now_s + 10)
        add_requests(connection, 2, now_s + 20)
    yield Log(engine)
    engine.dispose()


@pytest.fixture(scope="module")
def long_log() -> Iterator[Log]:
    """Long enough for tiles."""
    engine = connect("sqlite://")
    migrate(engine)
    fill(engine, 140)
    yield Log(engine)
    engine.dispose()


def flipped(value: Any, chance: random.Random) -> tuple[str, Any]:
    """How to write a value of which one bit is another, and that value."""
    if isinstance(value, int):
        other = value ^ 1 << chance.randrange(63)
        return "?", other
    kind, whole = "?", value
    if isinstance(value, str):
        kind, whole = "CAST(? AS TEXT)", value.encode()
    if isinstance(value, float):
        whole = struct.pack("<d", value)
    bits = bytearray(whole)
    bit = chance.randrange(len(bits) * 8)
    bits[bit // 8] ^= 1 << bit % 8
    if isinstance(value, float):
        return kind, struct.unpack("<d", bits)[0]
    return kind, bytes(bits)


def flip(log: Log, table: str, column: str, rowid: int, chance: random.Random) -> None:
    (value,) = log.rows(f"SELECT {column} FROM {table} WHERE rowid = ?", rowid)[0]
    for _ in range(100):
        kind, other = flipped(value, chance)
        try:
            log.db.execute(f"UPDATE {table} SET {column} = {kind} WHERE rowid = ?", (other, rowid))
        except sqlite3.IntegrityError:
            continue  # there is such a row already: another bit
        return
    raise AssertionError(f"no bit of {table}.{column} could be flipped")


def pick(log: Log, chance: random.Random, statement: str) -> tuple[Any, ...]:
    row = chance.choice(log.rows(statement))
    assert isinstance(row, tuple)
    return row


LIVE = (
    "SELECT l.seq, e.id, e.request_id, e.rowid, e.kind, l.rowid FROM log_leaves l"
    " JOIN audit_entries e ON e.id = l.entry_id WHERE e.body IS NOT NULL"
)


def flip_entry(log: Log, chance: random.Random) -> Place:
    seq, entry_id, _request, rowid, kind, _ = pick(log, chance, LIVE)
    columns = ["id", "kind", "recorded_at_s", "body"] + ["request_id"] * (kind in ROW_KINDS)
    flip(log, "audit_entries", chance.choice(columns), rowid, chance)
    return Place(seqs=(seq,), entry_ids=(entry_id,))


def flip_leaf(log: Log, chance: random.Random) -> Place:
    seq, entry_id = pick(log, chance, LIVE)[:2]
    column = chance.choice(["seq", "entry_id", "leaf_hash"])
    flip(log, "log_leaves", column, seq, chance)
    return Place(seqs=(seq,), entry_ids=(entry_id,))


def flip_leaf_of_a_pruned_entry(log: Log, chance: random.Random) -> Place:
    statement = LIVE.replace("IS NOT NULL", "IS NULL")
    seq, entry_id = pick(log, chance, statement)[:2]
    column = chance.choice(["seq", "entry_id"])
    flip(log, "log_leaves", column, seq, chance)
    return Place(seqs=(seq,), entry_ids=(entry_id,))


def flip_pruned_hash(log: Log, chance: random.Random) -> Place:
    """Nothing but the signatures can tell: they say between which of them."""
    seq = pick(log, chance, LIVE.replace("IS NOT NULL", "IS NULL"))[0]
    flip(log, "log_leaves", "leaf_hash", seq, chance)
    covering = min(size for (size,) in log.rows("SELECT size FROM log_checkpoints") if size > seq)
    return Place(where=(f"checkpoint {covering}",))


def flip_pruned_column(log: Log, chance: random.Random) -> Place:
    """Nothing but the act of pruning can tell: it says of which segment."""
    found = pick(log, chance, LIVE.replace("IS NOT NULL", "IS NULL"))
    seq, entry_id, rowid = found[0], found[1], found[3]
    column = chance.choice(["id", "kind", "request_id", "recorded_at_s"])
    flip(log, "audit_entries", column, rowid, chance)
    first = seq // SEGMENT * SEGMENT
    where = f"places {first} to {first + SEGMENT - 1}"
    return Place(where=(where,), seqs=(seq,), entry_ids=(entry_id,))


def slip_in(log: Log, chance: random.Random) -> Place:
    """A record that no entry vouches for, from before the log by its date or not."""
    table = chance.choice(["decisions", "outcomes"])
    log.db.execute(f"CREATE TEMP TABLE forged AS SELECT * FROM {table} LIMIT 1")
    when_s = BEGAN_S + chance.choice([-86_400.0, -0.5, 5.0, 86_400.0])
    log.db.execute("UPDATE forged SET request_id = 'forged', recorded_at_s = ?", (when_s,))
    log.db.execute(f"INSERT INTO {table} SELECT * FROM forged")
    log.db.execute("DROP TABLE forged")
    return Place(request_ids=("forged",))


def flip_checkpoint(log: Log, chance: random.Random) -> Place:
    (size,) = pick(log, chance, "SELECT size FROM log_checkpoints")
    flip(log, "log_checkpoints", chance.choice(["size", "note", "created_at_s"]), size, chance)
    kept = [row[0] for row in log.rows("SELECT size FROM log_checkpoints")]
    return Place(where=tuple(f"checkpoint {number}" for number in {size, *kept}))


def flip_state(log: Log, chance: random.Random) -> Place:
    flip(log, "log_state", chance.choice(["id", "size", "frontier"]), 1, chance)
    return Place(where=("state",))


def flip_pruned(log: Log, chance: random.Random) -> Place:
    first, entry_id = pick(log, chance, "SELECT first_seq, entry_id FROM log_pruned")
    column = chance.choice(["first_seq", "end_seq", "entry_id"])
    flip(log, "log_pruned", column, first, chance)
    # At place 0 stands how the log began, whose body stays: what is gone begins behind it.
    return Place(seqs=(first, first + 1), entry_ids=(entry_id,))


def flip_row(log: Log, chance: random.Random) -> Place:
    seq, _entry, request, _, kind, _ = pick(log, chance, f"{LIVE} AND e.kind != 'act'")
    table = ROW_KINDS[kind]
    found = log.db.execute(f"SELECT rowid, * FROM {table} WHERE request_id = ?", (request,))
    names = [column[0] for column in found.description]
    values = dict(zip(names, found.fetchone(), strict=True))
    rowid = values.pop("rowid")
    column = chance.choice([name for name, value in values.items() if value is not None])
    flip(log, table, column, rowid, chance)
    return Place(seqs=(seq,))


def flip_waiting(log: Log, chance: random.Random) -> Place:
    (entry_id,) = pick(log, chance, "SELECT entry_id FROM audit_pending")
    rowid = log.rows("SELECT rowid FROM audit_pending WHERE entry_id = ?", entry_id)[0][0]
    flip(log, "audit_pending", "entry_id", rowid, chance)
    return Place(entry_ids=(entry_id,))


def drop(log: Log, chance: random.Random) -> Place:
    seq, entry_id, request, _, kind, _ = pick(log, chance, f"{LIVE} AND e.kind != 'act'")
    parts = [
        ("DELETE FROM audit_entries WHERE id = ?", entry_id),
        ("DELETE FROM log_leaves WHERE seq = ?", seq),
        (f"DELETE FROM {ROW_KINDS[kind]} WHERE request_id = ?", request),
    ]
    for part in chance.sample(parts, chance.randint(1, 3)):
        log.db.execute(part[0], (part[1],))
    return Place(seqs=(seq,), entry_ids=(entry_id,), request_ids=(request,))


def drop_and_close_the_gap(log: Log, chance: random.Random) -> Place:
    """By somebody who knows how the log works, and lacks its key."""
    seq, entry_id, request, _, kind, _ = pick(log, chance, f"{LIVE} AND e.kind != 'act'")
    covering = covering_checkpoint(log, seq)
    log.db.execute("DELETE FROM audit_entries WHERE id = ?", (entry_id,))
    log.db.execute("DELETE FROM log_leaves WHERE seq = ?", (seq,))
    log.db.execute(f"DELETE FROM {ROW_KINDS[kind]} WHERE request_id = ?", (request,))
    later = log.rows("SELECT seq FROM log_leaves WHERE seq > ? ORDER BY seq", seq)
    for (place,) in later:
        log.db.execute("UPDATE log_leaves SET seq = ? WHERE seq = ?", (place - 1, place))
    rebuild(log)
    return Place(where=(f"checkpoint {covering}",))


def swap(log: Log, chance: random.Random) -> Place:
    first, second = chance.sample(log.rows(f"{LIVE} AND e.kind != 'act'"), 2)
    # Halves of a record are of two kinds, and their rows cannot be exchanged.
    what = chance.choice(["places", "hashes", "bodies", "ids"])
    if what == "places":
        exchange(log, "log_leaves", "entry_id", "seq", first[0], second[0])
    elif what == "hashes":
        exchange(log, "log_leaves", "leaf_hash", "seq", first[0], second[0])
    elif what == "bodies":
        exchange(log, "audit_entries", "body", "id", first[1], second[1])
    else:
        exchange(log, "audit_entries", "id", "rowid", first[3], second[3])
    return Place(seqs=(first[0],), entry_ids=(first[1],))


def swap_and_rebuild(log: Log, chance: random.Random) -> Place:
    first, second = chance.sample(log.rows(LIVE), 2)
    covering = covering_checkpoint(log, min(first[0], second[0]))
    exchange(log, "log_leaves", "entry_id", "seq", first[0], second[0])
    exchange(log, "log_leaves", "leaf_hash", "seq", first[0], second[0])
    rebuild(log)
    return Place(where=(f"checkpoint {covering}",))


def back_date(log: Log, chance: random.Random) -> Place:
    """From the column alone to every trace of it, the tree above it included."""
    seq, entry_id, request, rowid, kind, _ = pick(log, chance, f"{LIVE} AND e.kind != 'act'")
    covering = covering_checkpoint(log, seq)
    (body, now_s) = log.rows(
        "SELECT body, recorded_at_s FROM audit_entries WHERE rowid = ?", rowid
    )[0]
    then_s = now_s - chance.choice([0.5, 60.0, 86_400.0])
    thoroughness = chance.randrange(5)
    log.db.execute("UPDATE audit_entries SET recorded_at_s = ? WHERE rowid = ?", (then_s, rowid))
    if thoroughness > 0:
        said = canonical_json(json.loads(body) | {"recorded_at_s": then_s})
        log.db.execute("UPDATE audit_entries SET body = ? WHERE rowid = ?", (said, rowid))
        if thoroughness > 1:
            log.db.execute(
                f"UPDATE {ROW_KINDS[kind]} SET recorded_at_s = ? WHERE request_id = ?",
                (then_s, request),
            )
        if thoroughness > 2:
            log.db.execute(
                "UPDATE log_leaves SET leaf_hash = ? WHERE seq = ?", (leaf_hash(said), seq)
            )
        if thoroughness > 3:
            rebuild(log)
    where = (f"checkpoint {covering}",) if thoroughness > 2 else ()
    return Place(where=where, seqs=(seq,), entry_ids=(entry_id,))


def covering_checkpoint(log: Log, seq: int) -> int:
    return min(size for (size,) in log.rows("SELECT size FROM log_checkpoints") if size > seq)


def exchange(log: Log, table: str, column: str, key: str, first: object, second: object) -> None:
    read = f"SELECT {column} FROM {table} WHERE {key} = ?"
    write = f"UPDATE {table} SET {column} = ? WHERE {key} = ?"
    (one,), (other,) = log.rows(read, first)[0], log.rows(read, second)[0]
    log.db.execute(write, ("for a moment", first))
    log.db.execute(write, (one, second))
    log.db.execute(write, (other, first))


def rebuild(log: Log) -> None:
    """Tiles and state as if the leaves had always been as they are."""
    leaves = [row[0] for row in log.rows("SELECT leaf_hash FROM log_leaves ORDER BY seq")]
    frontier, tiles = grown(leaves)
    log.db.execute("UPDATE log_state SET size = ?, frontier = ?", (len(leaves), frontier.packed()))
    for tile in tiles:
        log.db.execute(
            "UPDATE log_tiles SET digest = ? WHERE level = ? AND number = ?",
            (tile.digest, tile.level, tile.number),
        )


TAMPERINGS: list[Callable[[Log, random.Random], Place]] = [
    flip_entry,
    flip_leaf,
    flip_leaf_of_a_pruned_entry,
    flip_pruned_hash,
    flip_pruned_column,
    flip_checkpoint,
    flip_state,
    flip_pruned,
    flip_row,
    flip_waiting,
    slip_in,
    drop,
    drop_and_close_the_gap,
    swap,
    swap_and_rebuild,
    back_date,
]


def assert_named(log: Log, tamper: Callable[[Log, random.Random], Place], seed: int) -> None:
    log.restore()
    place = tamper(log, random.Random(seed))
    found = verify(log.engine, PUBLIC_KEY)
    assert any(place.is_named_by(fault) for fault in found.faults), (
        f"{tamper.__name__}, seed {seed}: {place} is in none of {[*map(str, found.faults)]}"
    )


def test_a_log_that_nobody_touched_is_whole(log: Log, long_log: Log) -> None:
    log.restore()
    long_log.restore()
    for whole in (log, long_log):
        found = verify(whole.engine, PUBLIC_KEY)
        assert found.faults == ()
    assert (found.size, found.signed, found.checkpoints) == (280, 280, 1)
    found = verify(log.engine, PUBLIC_KEY)
    assert (found.size, found.signed, found.checkpoints, found.pending) == (64, 64, 3, 4)
    assert (found.pruned, found.began) == (2 * SEGMENT - 1, True)


@pytest.mark.parametrize("tamper", TAMPERINGS)
def test_whatever_is_done_to_it_the_place_is_named(
    log: Log, tamper: Callable[[Log, random.Random], Place]
) -> None:
    for seed in range(ROUNDS // len(TAMPERINGS) + 1):
        assert_named(log, tamper, seed)


@pytest.mark.parametrize("tamper", [flip_leaf, drop, drop_and_close_the_gap, back_date])
def test_so_it_is_below_tiles(long_log: Log, tamper: Callable[[Log, random.Random], Place]) -> None:
    for seed in range(10):
        assert_named(long_log, tamper, seed)


def test_a_bit_of_a_tile(long_log: Log) -> None:
    def flip_tile(log: Log, chance: random.Random) -> Place:
        column = chance.choice(["level", "number", "digest"])
        flip(log, "log_tiles", column, 1, chance)
        return Place(where=("tile 1/0",))

    for seed in range(30):
        assert_named(long_log, flip_tile, seed)


def test_a_leaf_that_is_lost_hides_nothing_of_what_follows(long_log: Log) -> None:
    """Its tile stands for it: the signature over the whole log still holds."""
    long_log.restore()
    long_log.db.execute("DELETE FROM log_leaves WHERE seq = 17")
    long_log.db.execute("UPDATE audit_entries SET body = x'00' WHERE rowid = 101")
    found = verify(long_log.engine, PUBLIC_KEY)
    assert {"place 17", "place 100", "tile 1/0"} <= {fault.where for fault in found.faults}
    assert found.signed == 280
