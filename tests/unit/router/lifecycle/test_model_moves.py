"""A move is recorded with who, when, why and on what evidence, and models.yaml says the same."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import Engine, select

from router.accounts.people.actor import Actor
from router.audit.tables import audit_entries
from router.config.yaml_document import YamlDocument, load_yaml
from router.domain import Role
from router.errors import ConfigError
from router.lifecycle.by_hand import warnings
from router.lifecycle.document import edited
from router.lifecycle.evidence import Evidence, gather
from router.lifecycle.move import apply, is_overtaken, propose, refuse, require_approvable
from router.lifecycle.moves import Move, MoveStatus, made, moves_of, read, version_before
from router.lifecycle.plan import Change, adoption, promotion, rollback
from router.lifecycle.requirements import EvidenceKind, MoveRefused
from router.lifecycle.unrecorded import read_unrecorded
from router.registry.card import LifecycleState
from router.registry.load import build_registry
from router.registry.registry import Registry
from router.store.database import connect
from tests.unit.router.lifecycle.models_file import MODELS, comments, record

State = LifecycleState
FIRST = Actor("first", frozenset({Role.OPERATOR}))
SECOND = Actor("second", frozenset({Role.OPERATOR}))
DAY = date(2026, 11, 22)


@pytest.fixture
def models(tmp_path: Path) -> Path:
    path = tmp_path / "models.yaml"
    path.write_text(MODELS)
    for kind in EvidenceKind:
        record(tmp_path / f"{kind}.json", passed=True)
    return path


class Desk:
    """Somebody at models.yaml: what the command line does, a step at a time."""

    def __init__(self, engine: Engine, models: Path) -> None:
        self.engine, self.models = engine, models
        self.now_s = itertools.count(1.0).__next__

    @property
    def document(self) -> YamlDocument:
        return load_yaml(self.models)

    @property
    def registry(self) -> Registry:
        return build_registry(self.document)

    def evidence(self, *kinds: EvidenceKind) -> tuple[Evidence, ...]:
        directory = self.models.parent
        return tuple(gather([(k, directory / f"{k}.json") for k in kinds], "tiny@2", directory))

    def propose(
        self,
        change: Change,
        *kinds: EvidenceKind,
        reason: str = "because",
        actor: Actor = FIRST,
    ) -> Move:
        with self.engine.begin() as connection:
            return propose(
                connection,
                self.document,
                change,
                evidence=self.evidence(*kinds),
                actor=actor,
                reason=reason,
                now_s=self.now_s(),
            )

    def apply(self, move: Move, actor: Actor = FIRST) -> Move:
        edit = edited(self.document, move.change, DAY, build_registry)
        with self.engine.begin() as connection:
            return apply(connection, move, edit, actor, self.now_s())

    def promote(self, to: State, share: float | None = None) -> Move:
        change = promotion(self.registry, "tiny@2", to, share)
        return self.apply(self.propose(change, *EvidenceKind), SECOND)

    def moves(self) -> list[Move]:
        with self.engine.begin() as connection:
            return list(moves_of(connection, "tiny"))

    def acts(self) -> list[dict[str, object]]:
        with self.engine.begin() as connection:
            bodies = connection.execute(select(audit_entries.c.body).order_by(audit_entries.c.id))
            return [json.loads(body) for (body,) in bodies]


@contextmanager
def opened(database_url: str, models: Path) -> Iterator[Desk]:
    engine = connect(database_url)
    yield Desk(engine, models)
    engine.dispose()


@pytest.fixture
def desk(migrated_sqlite: Path, models: Path) -> Iterator[Desk]:
    with opened(f"sqlite:///{migrated_sqlite}", models) as desk:
        yield desk


@pytest.fixture
def desk_anywhere(migrated_url: str, models: Path) -> Iterator[Desk]:
    """The same on either kind of database."""
    with opened(migrated_url, models) as desk:
        yield desk


def test_a_version_goes_all_the_way_and_every_step_is_written_down(desk_anywhere: Desk) -> None:
    desk = desk_anywhere
    desk.promote(State.SHADOW)
    desk.promote(State.CANARY, 0.05)
    assert desk.registry.entries["tiny@2"].card.lifecycle.canary_share == 0.05
    desk.promote(State.CANARY, 0.00001)
    desk.promote(State.PRODUCTION)
    registry = desk.registry
    assert registry.aliases == {"tiny": "tiny@2"}
    assert registry.candidates == {}
    lifecycle = registry.entries["tiny@2"].card.lifecycle
    assert (lifecycle.state, lifecycle.since) == (State.PRODUCTION, DAY)
    text = desk.models.read_text()
    assert comments(text) == comments(MODELS), "nothing that was reviewed is lost"
    assert [move.change.to_state for move in desk.moves()] == [
        State.SHADOW,
        State.CANARY,
        State.CANARY,
        State.PRODUCTION,
    ]
    moved = [act for act in desk.acts() if act["act"] == "model.moved"]
    assert moved[-1]["actor"] == "second"
    details = moved[-1]["details"]
    assert isinstance(details, dict)
    assert (details["model"], details["from"], details["to"]) == ("tiny@2", "canary", "production")
    assert details["proposed_by"] == "first"
    assert {item["kind"] for item in details["evidence"]} == set(EvidenceKind)
    assert details["models_sha256"] == desk.moves()[-1].file_sha256


def test_a_rollback_gives_the_alias_back_and_two_go_back_two(desk: Desk) -> None:
    for state, share in ((State.SHADOW, None), (State.CANARY, 0.1), (State.PRODUCTION, None)):
        desk.promote(state, share)
    before = version_before(desk.moves(), "2")
    desk.apply(desk.propose(rollback(desk.registry, "tiny", before)))
    assert desk.registry.aliases == {"tiny": "tiny@1"}
    assert desk.registry.entries["tiny@2"].card.lifecycle.state is State.PRODUCTION
    assert version_before(desk.moves(), "1") is None, "1 was there before all moves"


def test_whoever_proposes_does_not_approve(desk: Desk) -> None:
    desk.promote(State.SHADOW)
    change = promotion(desk.registry, "tiny@2", State.CANARY, 0.1)
    move = desk.propose(change, EvidenceKind.EVALUATION, EvidenceKind.SAFETY)
    for same in (FIRST, Actor("issuer#First ", frozenset()), Actor("os:root", frozenset())):
        with pytest.raises(MoveRefused, match="does not approve it"):
            require_approvable(move, desk.document, same)
    require_approvable(move, desk.document, SECOND)


def test_an_approval_is_of_what_was_proposed(desk: Desk, models: Path) -> None:
    desk.promote(State.SHADOW)
    change = promotion(desk.registry, "tiny@2", State.CANARY, 0.1)
    move = desk.propose(change, EvidenceKind.EVALUATION, EvidenceKind.SAFETY)
    reviewed = models.read_text()
    models.write_text(reviewed.replace("# The end.", "# The very end."))
    require_approvable(move, desk.document, SECOND)
    models.write_text(reviewed.replace("context_tokens: 100", "context_tokens: 99"))
    with pytest.raises(MoveRefused, match="propose it again"):
        require_approvable(move, desk.document, SECOND)
    models.write_text(reviewed)
    record(models.parent / "safety.json", findings=3)
    with pytest.raises(MoveRefused, match="not what it was"):
        require_approvable(move, desk.document, SECOND)


def test_what_two_have_to_make_nobody_in_particular_proposes(desk: Desk) -> None:
    """Nobody could be told apart from such a proposer, so it would wait for ever."""
    desk.promote(State.SHADOW)
    change = promotion(desk.registry, "tiny@2", State.CANARY, 0.1)
    for name in ("os:root", "key:0199", " "):
        with pytest.raises(MoveRefused, match=r"--owner … --roles operator`.*RINGFENCE_TOKEN"):
            desk.propose(change, *EvidenceKind, actor=Actor(name, FIRST.roles))
    assert len(desk.moves()) == 1
    back = promotion(desk.registry, "tiny@2", State.CANDIDATE)
    assert desk.propose(back, actor=Actor("os:root", FIRST.roles)).status is MoveStatus.WAITING


def test_a_move_that_is_overtaken_ends_with_the_one_that_overtakes_it(desk_anywhere: Desk) -> None:
    desk = desk_anywhere
    desk.promote(State.SHADOW)
    slow, fast, elsewhere = (
        desk.propose(promotion(desk.registry, "tiny@2", State.CANARY, 0.1), *EvidenceKind),
        desk.propose(promotion(desk.registry, "tiny@2", State.CANARY, 0.2), *EvidenceKind),
        desk.propose(promotion(desk.registry, "tiny@1", State.DEPRECATED)),
    )
    assert not is_overtaken(slow, desk.document)
    desk.apply(fast, SECOND)
    assert is_overtaken(slow, desk.document)
    with pytest.raises(MoveRefused, match="overtaken"):
        require_approvable(slow, desk.document, SECOND)
    statuses = {move.id: (move.status, move.decided_by) for move in desk.moves()}
    assert statuses[slow.id] == (MoveStatus.REFUSED, "second")
    assert statuses[fast.id] == (MoveStatus.APPLIED, "second")
    assert statuses[elsewhere.id] == (MoveStatus.WAITING, None), "its model is as it was"
    ended = [act for act in desk.acts() if act["act"] == "model.move_refused"]
    assert [act["reason"] for act in ended] == [f"overtaken by the move {fast.id}"]


def test_a_version_that_is_there_no_longer_is_moved_by_nobody(desk: Desk) -> None:
    desk.promote(State.SHADOW)
    waiting = desk.propose(promotion(desk.registry, "tiny@2", State.CANARY, 0.1), *EvidenceKind)
    desk.models.write_text(desk.models.read_text().replace("tiny", "small"))
    assert is_overtaken(waiting, desk.document)


def test_a_file_that_cannot_be_written_ends_no_other_move(desk: Desk, models: Path) -> None:
    desk.promote(State.SHADOW)
    first, other = (
        desk.propose(promotion(desk.registry, "tiny@2", State.CANARY, share), *EvidenceKind)
        for share in (0.1, 0.2)
    )
    edit = edited(desk.document, first.change, DAY, build_registry)
    models.write_text(models.read_text() + "# Somebody was here.\n")
    with (
        pytest.raises(MoveRefused, match="changed meanwhile"),
        desk.engine.begin() as connection,
    ):
        apply(connection, first, edit, SECOND, 2.0)
    with desk.engine.begin() as connection:
        assert read(connection, other.id).status is MoveStatus.WAITING


def test_a_move_is_decided_once(desk_anywhere: Desk) -> None:
    desk = desk_anywhere
    move = desk.propose(promotion(desk.registry, "tiny@2", State.SHADOW), EvidenceKind.EVALUATION)
    with desk.engine.begin() as connection:
        refused = refuse(connection, move, SECOND, "not in May", 2.0)
    assert refused.status is MoveStatus.REFUSED
    with pytest.raises(MoveRefused, match="does not wait any more"):
        desk.apply(move)
    assert desk.models.read_text() == MODELS
    with desk.engine.begin() as connection:
        assert read(connection, move.id) == refused
        with pytest.raises(MoveRefused, match="no such move"):
            read(connection, "other")


def test_a_clock_that_is_set_back_puts_no_move_before_another(desk_anywhere: Desk) -> None:
    desk = desk_anywhere
    desk.now_s = itertools.count(10_000.0).__next__
    for to, share in ((State.SHADOW, None), (State.CANARY, 0.05)):
        desk.promote(to, share)
    desk.now_s = itertools.count(1.0).__next__
    desk.promote(State.RETIRED)
    assert made(desk.moves())[-1].change.to_state is State.RETIRED
    with desk.engine.connect() as connection:
        found = read_unrecorded(connection, desk.document)
    assert "tiny@2" not in {each.place.name for each in found}
    text = desk.models.read_text()
    desk.models.write_text(text.replace("state: retired", "state: deprecated"))
    with desk.engine.connect() as connection:
        found = read_unrecorded(connection, desk.document)
    assert [each.place.name for each in found if each.undoes_retirement] == ["tiny@2"]


@pytest.mark.parametrize("reason", ["", "  "])
def test_a_move_has_a_reason_and_evidence(desk: Desk, reason: str) -> None:
    change = promotion(desk.registry, "tiny@2", State.SHADOW)
    with pytest.raises(MoveRefused, match="--reason"):
        desk.propose(change, EvidenceKind.EVALUATION, reason=reason)
    with pytest.raises(MoveRefused, match="--evidence evaluation=FILE"):
        desk.propose(change)
    assert desk.moves() == []
    assert desk.acts() == []


def test_a_file_that_changed_meanwhile_is_left_as_it_is(desk: Desk, models: Path) -> None:
    move = desk.propose(promotion(desk.registry, "tiny@2", State.SHADOW), EvidenceKind.EVALUATION)
    edit = edited(desk.document, move.change, DAY, build_registry)
    models.write_text(MODELS + "# Somebody was here.\n")
    with (
        pytest.raises(MoveRefused, match="changed meanwhile"),
        desk.engine.begin() as connection,
    ):
        apply(connection, move, edit, FIRST, 2.0)
    assert models.read_text() == MODELS + "# Somebody was here.\n"
    assert desk.moves()[0].status is MoveStatus.WAITING, "and nothing is recorded as done"
    assert [act["act"] for act in desk.acts()] == ["model.move_proposed"]


def test_what_cannot_be_served_with_is_not_written(desk: Desk, models: Path) -> None:
    models.write_text(MODELS.replace("capabilities: [chat]", "capabilities: [chat, tools]", 1))
    desk.promote(State.SHADOW)
    with pytest.raises(ConfigError, match="lacks what its champion has: tools"):
        desk.promote(State.CANARY, 0.1)


def test_a_layout_that_cannot_be_edited_in_place_is_refused(desk: Desk, models: Path) -> None:
    life = '{state: production, since: "2026-01-01"}'
    shared = MODELS.replace(f"lifecycle: {life}", f"lifecycle: &life {life}")
    after = shared.index("    next_review", shared.index("      state: candidate"))
    begin = shared.index("    lifecycle:\n")
    models.write_text(shared[:begin] + "    lifecycle: *life\n" + shared[after:])
    change = promotion(desk.registry, "tiny@1", State.DEPRECATED)
    with pytest.raises(MoveRefused, match="cannot be edited in place"):
        edited(desk.document, change, DAY, build_registry)


def test_a_link_stays_a_link_and_the_mode_stays_what_it_was(desk: Desk, models: Path) -> None:
    target = models.with_name("real.yaml")
    models.rename(target)
    models.symlink_to(target)
    target.chmod(0o640)
    desk.promote(State.SHADOW)
    assert models.is_symlink()
    assert target.stat().st_mode & 0o777 == 0o640
    assert "state: shadow" in target.read_text()
    assert [path.name for path in models.parent.glob(".*")] == [], "nothing is left behind"


def test_what_no_move_has_brought_there_is_said(desk: Desk, models: Path) -> None:
    def found() -> list[str]:
        with desk.engine.begin() as connection:
            return [str(each) for each in read_unrecorded(connection, desk.document)]

    assert found() == ["tiny@1 is production in models.yaml, and no move of it is recorded"]
    desk.apply(desk.propose(adoption(desk.registry, "tiny@1")))
    assert models.read_text() == MODELS, "to answer for a state changes nothing"
    assert found() == []
    desk.promote(State.SHADOW)
    assert found() == []
    models.write_text(models.read_text().replace("state: shadow", "state: candidate"))
    (said,) = found()
    assert said == "tiny@2 is candidate in models.yaml, and shadow is what was recorded"
    with desk.engine.begin() as connection:
        (warning,) = warnings(read_unrecorded(connection, desk.document), desk.document)
    assert "models adopt" in warning.cure
    assert "state: candidate" in models.read_text().splitlines()[(warning.line or 0) - 1]


def test_a_file_of_schema_1_has_no_lifecycle_to_move(desk: Desk, models: Path) -> None:
    models.write_text("schema: 1\nmodels: []\naliases: {}\n")
    change = Change(
        *("promote", "tiny", "2", State.CANDIDATE, State.SHADOW, None, "1", "1", "2")  # type: ignore[arg-type]
    )
    with pytest.raises(MoveRefused, match="schema: 2"):
        edited(desk.document, change, DAY, build_registry)
