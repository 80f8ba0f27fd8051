"""A move of a model that was altered, slipped in or taken away in its table is named."""

from __future__ import annotations

import itertools
import json
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, delete, insert, select, update

from router.accounts.people.actor import Actor
from router.audit.acts import Act, record_act
from router.audit.log.faults import Fault
from router.audit.log.sequence import sequence
from router.audit.log.verify import verify
from router.config.yaml_document import YamlDocument, load_yaml
from router.domain import Role
from router.lifecycle.document import edited
from router.lifecycle.evidence import gather
from router.lifecycle.move import MOVED, PROPOSED, REFUSED, apply, propose, refuse
from router.lifecycle.moves import Move
from router.lifecycle.plan import Change, promotion
from router.lifecycle.requirements import EvidenceKind
from router.lifecycle.tables import model_moves
from router.registry.card import LifecycleState as State
from router.registry.load import build_registry
from router.registry.registry import Registry
from router.store.database import connect
from tests.migrated import migrated_sqlite
from tests.unit.router.audit.log.filled_log import (
    BEGAN_S,
    PUBLIC_KEY,
    fill,
    prune,
    sign,
)
from tests.unit.router.lifecycle.models_file import MODELS, record

FIRST = Actor("first", frozenset({Role.OPERATOR}))
SECOND = Actor("second", frozenset({Role.OPERATOR}))
DAY = date(2026, 11, 22)


@dataclass
class Desk:
    """Two people who move models; a second passes with each step."""

    engine: Engine
    models: Path
    clock_s: Callable[[], float] = field(
        default_factory=lambda: map(float, itertools.count(int(BEGAN_S))).__next__
    )

    def __post_init__(self) -> None:
        self.models.write_text(MODELS)
        for kind in EvidenceKind:
            record(self.models.with_name(f"{kind}.json"), passed=True)

    @property
    def document(self) -> YamlDocument:
        return load_yaml(self.models)

    @property
    def registry(self) -> Registry:
        return build_registry(self.document)

    def propose(self, change: Change) -> Move:
        home = self.models.parent
        evidence = gather([(kind, home / f"{kind}.json") for kind in EvidenceKind], "tiny@2", home)
        with self.engine.begin() as connection:
            return propose(
                connection,
                self.document,
                change,
                evidence=tuple(evidence),
                actor=FIRST,
                reason="it is better",
                now_s=self.clock_s(),
            )

    def apply(self, move: Move) -> Move:
        edit = edited(self.document, move.change, DAY, build_registry)
        with self.engine.begin() as connection:
            return apply(connection, move, edit, SECOND, self.clock_s())

    def refuse(self, move: Move) -> Move:
        with self.engine.begin() as connection:
            return refuse(connection, move, SECOND, "not in May", self.clock_s())

    def canary(self, share: float) -> Move:
        return self.propose(promotion(self.registry, "tiny@2", State.CANARY, share))

    def all_kinds(self) -> dict[str, Move]:
        """A move that was made, one that was refused, one that was overtaken, one that waits."""
        self.apply(self.propose(promotion(self.registry, "tiny@2", State.SHADOW)))
        refused = self.refuse(self.canary(0.2))
        overtaken, made = self.canary(0.1), self.canary(0.05)
        made = self.apply(made)
        waiting = self.canary(0.5)
        return {"made": made, "refused": refused, "overtaken": overtaken, "waiting": waiting}

    def sequence(self) -> None:
        with self.engine.begin() as connection:
            sequence(connection, 1_000)
            sign(connection, self.clock_s())

    def alter(self, move: Move, **values: Any) -> dict[str, Any]:
        """What nobody does but by hand; returns what was there."""
        mine = model_moves.c.id == move.id
        with self.engine.begin() as connection:
            before = connection.execute(select(model_moves).where(mine)).mappings().one()
            connection.execute(update(model_moves).where(mine).values(**values))
        return {name: before[name] for name in values}

    def faults(self) -> list[Fault]:
        return [*verify(self.engine, PUBLIC_KEY).faults]


@pytest.fixture
def desk(engine: Engine, tmp_path: Path) -> Desk:
    return Desk(engine, tmp_path / "models.yaml")


def test_moves_that_are_as_they_were_made_are_whole(any_engine: Engine, tmp_path: Path) -> None:
    desk = Desk(any_engine, tmp_path / "models.yaml")
    desk.all_kinds()
    assert desk.faults() == [], "while their acts wait for a place"
    desk.sequence()
    found = verify(any_engine, PUBLIC_KEY)
    assert (found.faults, found.moves_bare) == ((), 0)


OTHER_EVIDENCE = [{"kind": "evaluation", "path": "another.json", "sha256": "0" * 64}]
OF_ANY = {
    "model_id": "large",
    "version": "3",
    "kind": "rollback",
    "from_state": "production",
    "to_state": "retired",
    "canary_share": 0.9,
    "champion_before": "7",
    "champion_after": "7",
    "candidate_after": "7",
    "entry_sha256": "1" * 64,
    "evidence": OTHER_EVIDENCE,
    "proposed_by": "somebody else",
    "proposed_at_s": 1.0,
}
OF_ENDED = {"status": "waiting", "decided_by": "somebody else", "decided_at_s": 1.0}
OF_MADE = {"reason": "another", "file_sha256": "0" * 64}


def test_whatever_is_altered_of_a_move_is_named(any_engine: Engine, tmp_path: Path) -> None:
    desk = Desk(any_engine, tmp_path / "models.yaml")
    altered = {
        "made": OF_ANY | OF_ENDED | OF_MADE,
        "refused": OF_ANY | OF_ENDED,
        "overtaken": OF_ANY | OF_ENDED,
        "waiting": OF_ANY | {"reason": "another"},
    }
    moves = desk.all_kinds()
    desk.sequence()
    for which, columns in altered.items():
        move = moves[which]
        for column, value in columns.items():
            before = desk.alter(move, **{column: value})
            faults = desk.faults()
            assert {fault.what for fault in faults} == {
                f"model_moves and the entry differ in {column} (the move {move.id})"
            }
            assert all(fault.where == f"place {fault.seq}" for fault in faults)
            assert all(fault.entry_id for fault in faults)
            desk.alter(move, **before)
    assert desk.faults() == []


def test_a_move_that_nobody_ended_cannot_be_ended_in_the_table(desk: Desk) -> None:
    waiting = desk.all_kinds()["waiting"]
    desk.sequence()
    for values in (
        {"status": "applied", "decided_by": "second", "decided_at_s": BEGAN_S},
        {"status": "refused", "decided_by": "second", "decided_at_s": BEGAN_S},
        {"status": "applied"},
        {"status": "whatever"},
        {"decided_by": "second"},
        {"file_sha256": "0" * 64},
    ):
        before = desk.alter(waiting, **values)
        (fault,) = desk.faults()
        assert fault.where == f"move {waiting.id} in model_moves"
        assert "ended" in fault.what
        desk.alter(waiting, **before)


def test_a_refused_move_cannot_be_made_in_the_table(desk: Desk) -> None:
    refused = desk.all_kinds()["refused"]
    desk.alter(refused, status="applied", file_sha256="0" * 64)
    whats = [fault.what for fault in desk.faults()]
    assert [what.rpartition(" in ")[2].partition(" ")[0] for what in whats] == [
        "status",
        "file_sha256",
    ]


def test_what_older_acts_do_not_say_is_held_to_them_once_they_do(desk: Desk) -> None:
    with desk.engine.begin() as connection:
        details = {"move": "m", "candidate_after": "2", "entry_sha256": "a" * 64}
        record_act(connection, Act(PROPOSED, "first", "why", details), BEGAN_S)
        row = OF_ANY | {
            "id": "m",
            "reason": "why",
            "status": "waiting",
            "candidate_after": "9",
            "entry_sha256": "b" * 64,
            "proposed_by": "first",
            "proposed_at_s": BEGAN_S,
        }
        connection.execute(insert(model_moves), [row])
    assert [fault.what for fault in desk.faults()] == [
        f"model_moves and the entry differ in {column} (the move m)"
        for column in ("candidate_after", "entry_sha256")
    ]


def test_a_move_that_was_taken_away_is_missed(desk: Desk) -> None:
    made = desk.all_kinds()["made"]
    desk.sequence()
    with desk.engine.begin() as connection:
        connection.execute(delete(model_moves).where(model_moves.c.id == made.id))
    faults = desk.faults()
    assert {fault.what for fault in faults} == {
        f"it has no row in model_moves (the move {made.id})"
    }
    assert len(faults) == 2, "it was proposed, and it was made"


def test_a_move_that_was_slipped_in_is_named(desk: Desk) -> None:
    made = desk.all_kinds()["made"]
    with desk.engine.begin() as connection:
        row = connection.execute(select(model_moves).where(model_moves.c.id == made.id)).mappings()
        connection.execute(insert(model_moves), [dict(row.one()) | {"id": "slipped-in"}])
    assert [fault.what for fault in desk.faults()] == [
        "no act in the log says that it was proposed as it is there",
        "no act in the log says that it was ended as it is there",
    ]
    assert {fault.where for fault in desk.faults()} == {"move slipped-in in model_moves"}


def test_a_second_act_that_a_move_was_made_is_named(desk: Desk) -> None:
    made = desk.all_kinds()["made"]
    with desk.engine.begin() as connection:
        record_act(connection, Act(MOVED, "third", "again", {"move": made.id}), BEGAN_S + 999)
    (fault,) = desk.faults()
    assert fault.what == f"there is such an act of it already (the move {made.id})"


def test_moves_whose_acts_were_pruned_are_counted_and_not_accused(desk: Desk) -> None:
    moves = desk.all_kinds()
    fill(desk.engine, 20, BEGAN_S + 100)
    prune(desk.engine, BEGAN_S + 999)
    found = verify(desk.engine, PUBLIC_KEY)
    assert found.faults == ()
    assert found.moves_bare == 5
    desk.alter(moves["made"], proposed_at_s=BEGAN_S + 0.125)
    (fault,) = desk.faults()
    assert fault.where == f"move {moves['made'].id} in model_moves"


def test_models_may_be_moved_while_the_log_is_verified(desk: Desk) -> None:
    """At the worst moment of each: what was read before, and what is read after, differ."""
    desk.apply(desk.propose(promotion(desk.registry, "tiny@2", State.SHADOW)))
    waiting, refused = desk.canary(0.1), desk.canary(0.2)
    desk.sequence()
    steps: list[Callable[[], object]] = [
        lambda: desk.refuse(refused),
        lambda: desk.apply(waiting),
        desk.sequence,
        lambda: desk.canary(0.3),
    ]

    def progress(_done: int, _size: int) -> None:
        while steps:
            steps.pop(0)()

    found = verify(desk.engine, PUBLIC_KEY, progress=progress)
    assert not steps
    assert found.faults == ()
    assert desk.faults() == [], "and the next time they are compared"


def test_an_act_that_gets_its_place_while_the_log_is_read_is_not_missed(desk: Desk) -> None:
    fill(desk.engine, 1)
    desk.propose(promotion(desk.registry, "tiny@2", State.SHADOW))

    def progress(_done: int, _size: int) -> None:
        desk.sequence()

    assert verify(desk.engine, PUBLIC_KEY, progress=progress).faults == ()


@settings(max_examples=20)
@given(
    name=st.sampled_from([PROPOSED, MOVED, REFUSED]),
    details=st.dictionaries(
        st.sampled_from(["move", "model", "evidence", "kind", "canary_share"]),
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.text(max_size=5),
            lambda inner: (
                st.lists(inner, max_size=3)
                | st.dictionaries(st.sampled_from(["kind", "record", "sha256"]), inner)
            ),
            max_leaves=5,
        ),
    ),
    evidence=st.sampled_from(["", "[", "{}", "[[1]]", "[" * 100_000, json.dumps(OTHER_EVIDENCE)]),
)
def test_whatever_an_act_says_verifying_goes_on(
    name: str, details: dict[str, Any], evidence: str
) -> None:
    with tempfile.TemporaryDirectory() as directory:
        file = Path(directory) / "log.db"
        file.write_bytes(migrated_sqlite())
        desk = Desk(connect(f"sqlite:///{file}"), file.with_name("models.yaml"))
        try:
            move = desk.propose(promotion(desk.registry, "tiny@2", State.SHADOW))
            with desk.engine.begin() as connection:
                record_act(connection, Act(name, "somebody", "", details), BEGAN_S)
                connection.exec_driver_sql(
                    "UPDATE model_moves SET evidence = ? WHERE id = ?", (evidence, move.id)
                )
            assert desk.faults()
        finally:
            desk.engine.dispose()
