"""What a move does to a version and to the aliases of its id, and which moves there are not."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from router.config.yaml_document import parse_yaml
from router.lifecycle.evidence import gather, verify
from router.lifecycle.move import takes_two
from router.lifecycle.plan import promotion, rollback
from router.lifecycle.requirements import (
    EVIDENCE,
    MOVES,
    EvidenceKind,
    MoveRefused,
    require_evidence,
)
from router.registry.card import Lifecycle, LifecycleState
from router.registry.load import build_registry
from router.registry.registry import Registry
from tests.unit.router.lifecycle.models_file import MODELS, record

State = LifecycleState


def registry(state: State = State.CANDIDATE, candidate: str | None = None) -> Registry:
    """`tiny` with version 1 in production, and version 2 in a state."""
    read = build_registry(parse_yaml(MODELS.encode(), "models.yaml"))
    entry = read.entries["tiny@2"]
    moved = replace(entry, card=replace(entry.card, lifecycle=Lifecycle(state)))
    candidates = {} if candidate is None else {"tiny": candidate}
    return replace(read, entries=read.entries | {"tiny@2": moved}, candidates=candidates)


def test_every_state_says_where_it_goes_and_what_it_takes_to_get_there() -> None:
    assert MOVES.keys() == EVIDENCE.keys() == set(State)
    way = [State.CANDIDATE, State.SHADOW, State.CANARY, State.PRODUCTION, State.DEPRECATED]
    for here, there in zip(way, [*way[1:], State.RETIRED], strict=True):
        assert there in MOVES[here]
    assert not MOVES[State.RETIRED], "what is retired comes back as another version"


@pytest.mark.parametrize("to", [State.CANARY, State.PRODUCTION, State.DEPRECATED])
def test_no_step_is_left_out(to: State) -> None:
    with pytest.raises(MoveRefused, match="from there it goes to shadow, retired"):
        promotion(registry(), "tiny@2", to, 0.5 if to is State.CANARY else None)


def test_the_first_version_of_an_id_has_no_champion_to_be_the_canary_of() -> None:
    first = replace(registry(State.SHADOW), aliases={})
    change = promotion(first, "tiny@2", State.PRODUCTION)
    assert (change.champion_before, change.champion_after) == (None, "2")
    assert takes_two(change)
    with pytest.raises(MoveRefused, match="it goes to candidate, production, retired"):
        promotion(first, "tiny@2", State.CANARY, 0.5)
    with pytest.raises(MoveRefused, match="it goes to candidate, canary, retired"):
        promotion(registry(State.SHADOW), "tiny@2", State.PRODUCTION)


def test_a_version_in_shadow_becomes_the_candidate() -> None:
    change = promotion(registry(), "tiny@2", State.SHADOW)
    assert (change.champion_after, change.candidate_after) == ("1", "2")


def test_a_canary_takes_a_share() -> None:
    change = promotion(registry(State.SHADOW), "tiny@2", State.CANARY, 0.05)
    assert (change.canary_share, change.candidate_after) == (0.05, "2")
    for share in (None, 0.0, 1.0, -1.0):
        with pytest.raises(MoveRefused, match="share"):
            promotion(registry(State.SHADOW), "tiny@2", State.CANARY, share)
    with pytest.raises(MoveRefused, match="leave out --share"):
        promotion(registry(State.CANARY), "tiny@2", State.PRODUCTION, 0.5)


def test_production_makes_it_the_champion_and_no_candidate_any_more() -> None:
    change = promotion(registry(State.CANARY, "tiny@2"), "tiny@2", State.PRODUCTION)
    assert (change.champion_before, change.champion_after, change.candidate_after) == (
        "1",
        "2",
        None,
    )


def test_a_champion_is_not_retired_while_another_answers_under_its_id() -> None:
    read = registry(State.PRODUCTION)
    champion = read.entries["tiny@1"]
    old = replace(champion, card=replace(champion.card, lifecycle=Lifecycle(State.DEPRECATED)))
    read = replace(read, entries=read.entries | {"tiny@1": old})
    with pytest.raises(MoveRefused, match="make that one the champion first"):
        promotion(read, "tiny@1", State.RETIRED)
    alone = replace(read, entries={"tiny@1": old})
    assert promotion(alone, "tiny@1", State.RETIRED).champion_after is None


def test_a_rollback_goes_to_what_answered_before_and_still_may() -> None:
    read = replace(registry(State.PRODUCTION), aliases={"tiny": "tiny@2"})
    change = rollback(read, "tiny", "1")
    assert (change.champion_before, change.champion_after) == ("2", "1")
    with pytest.raises(MoveRefused, match="no recorded move"):
        rollback(read, "tiny", None)
    with pytest.raises(MoveRefused, match="those that have: tiny"):
        rollback(read, "other", "1")
    read = replace(registry(State.SHADOW))
    with pytest.raises(MoveRefused, match="promote it"):
        rollback(read, "tiny", "2")


def test_an_unknown_version_is_answered_with_the_known_ones() -> None:
    with pytest.raises(MoveRefused, match="tiny@1, tiny@2"):
        promotion(registry(), "tiny@3", State.SHADOW)


def test_evidence_that_lacks_is_named_as_it_is_given() -> None:
    with pytest.raises(MoveRefused, match="--evidence bias=FILE --evidence safety=FILE"):
        require_evidence(State.PRODUCTION, frozenset({EvidenceKind.EVALUATION}))
    require_evidence(State.PRODUCTION, frozenset(EvidenceKind))


def test_evidence_is_about_the_very_version_and_an_evaluation_was_passed(tmp_path: Path) -> None:
    path = record(tmp_path / "e.json", passed=True)
    (found,) = gather([(EvidenceKind.EVALUATION, path)], "tiny@2", tmp_path)
    assert found.path == "e.json", "from where models.yaml lies"
    verify([found], "tiny@2", tmp_path)
    refused = {
        "is not about tiny@1": (path, "tiny@1"),
        "does not say that tiny@2 passed": (record(tmp_path / "f.json", passed=False), "tiny@2"),
        "there is no record": (tmp_path / "none.json", "tiny@2"),
    }
    for says, (file, key) in refused.items():
        with pytest.raises(MoveRefused, match=says):
            gather([(EvidenceKind.EVALUATION, file)], key, tmp_path)
    (tmp_path / "g.json").write_text("[" * 100_000)
    with pytest.raises(MoveRefused, match="not a JSON object"):
        gather([(EvidenceKind.BIAS, tmp_path / "g.json")], "tiny@2", tmp_path)
    with pytest.raises(MoveRefused, match="two records"):
        gather([(EvidenceKind.EVALUATION, path)] * 2, "tiny@2", tmp_path)
    record(path, passed=True, rerun=1)
    with pytest.raises(MoveRefused, match="not what it was"):
        verify([found], "tiny@2", tmp_path)
