"""What somebody edited into models.yaml is told from what moves have brought about."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from router.config.yaml_document import YamlDocument, parse_yaml
from router.lifecycle.by_hand import (
    refusals,
    require_recorded,
    undone_retirements,
    warnings,
)
from router.lifecycle.moves import Move, MoveStatus
from router.lifecycle.plan import Change, MoveKind
from router.lifecycle.requirements import MoveRefused
from router.lifecycle.standing import standing
from router.lifecycle.unrecorded import Unrecorded, unrecorded
from router.registry.card import LifecycleState
from tests.unit.router.lifecycle.models_file import MODELS

State = LifecycleState
LIVES = st.sampled_from([state for state in State if state is not State.CANARY]) | st.floats(
    0.001, 0.999
)
VERSIONS = st.none() | st.sampled_from(["1", "2"])
FILE: dict[str, Any] = yaml.safe_load(MODELS)


def document(
    first: State | float, second: State | float, champion: str | None, candidate: str | None
) -> YamlDocument:
    """models.yaml with both versions of `tiny` somewhere; a number is a canary's share."""
    lives = [
        {"state": "canary", "canary_share": life}
        if isinstance(life, float)
        else {"state": life.value}
        for life in (first, second)
    ]
    models = [
        entry | {"lifecycle": life} for entry, life in zip(FILE["models"], lives, strict=True)
    ]
    named = {"champion": champion, "candidate": candidate}
    aliases = {"tiny": {alias: v for alias, v in named.items() if v is not None}}
    data = FILE | {"models": models, "aliases": aliases}
    return YamlDocument("models.yaml", b"", data, {(): 1})


def written(
    first: State | float = State.PRODUCTION,
    second: State | float = State.CANDIDATE,
    champion: str | None = "1",
    candidate: str | None = None,
) -> YamlDocument:
    """The same with its lines."""
    data = document(first, second, champion, candidate).data
    return parse_yaml(yaml.safe_dump(data, sort_keys=False).encode(), "models.yaml")


def move(
    to: State,
    *,
    version: str = "2",
    share: float | None = None,
    champion: str = "1",
    decided_at_s: float = 1.0,
    status: MoveStatus = MoveStatus.APPLIED,
) -> Move:
    change = Change(
        *(MoveKind.PROMOTE, "tiny", version, State.CANDIDATE, to, share, "1", champion, None)
    )
    return Move(
        id=f"{to}{decided_at_s}",
        change=change,
        reason="because",
        evidence=(),
        entry_sha256="",
        proposed_by="first",
        proposed_at_s=0.0,
        status=status,
        decided_by="second",
        decided_at_s=decided_at_s,
    )


def found(edited: YamlDocument, *moves: Move, serving: YamlDocument | None) -> Sequence[Unrecorded]:
    return unrecorded(edited, moves, None if serving is None else standing(serving))


def refused(edited: YamlDocument, *moves: Move, serving: YamlDocument | None) -> list[str]:
    seen = found(edited, *moves, serving=serving)
    return [f"{each.problem}; {each.cure}" for each in refusals(seen, edited)]


@given(LIVES, LIVES, VERSIONS, VERSIONS, LIVES, LIVES, VERSIONS, VERSIONS)
def test_whatever_differs_from_what_serves_is_refused_and_nothing_else(
    a: State | float,
    b: State | float,
    c: str | None,
    d: str | None,
    e: State | float,
    f: State | float,
    g: str | None,
    h: str | None,
) -> None:
    serving, edited = document(a, b, c, d), document(e, f, g, h)
    before, after = standing(serving), standing(edited)
    differing = {place for place in before if before[place] != after[place]}
    by_hand = {each.place for each in found(edited, serving=serving) if each.by_hand}
    assert by_hand == differing


@given(LIVES, LIVES, VERSIONS, VERSIONS)
def test_a_first_file_is_taken_as_it_is(
    a: State | float, b: State | float, c: str | None, d: str | None
) -> None:
    assert refused(document(a, b, c, d), serving=None) == []


@given(LIVES)
def test_where_a_move_has_brought_it_nothing_is_said(life: State | float) -> None:
    """Whatever serves meanwhile: what was moved is not applied yet."""
    to, share = (State.CANARY, life) if isinstance(life, float) else (life, None)
    adopted = move(State.PRODUCTION, version="1")
    moved = move(to, share=share, decided_at_s=2.0)
    edited = document(State.PRODUCTION, life, "1", None)
    serving = document(State.PRODUCTION, State.SHADOW, "1", "2")
    assert found(edited, adopted, moved, serving=serving) == ()


def test_a_move_that_only_waits_has_brought_nothing_about() -> None:
    waiting = move(State.SHADOW, status=MoveStatus.WAITING)
    (said,) = refused(written(second=State.SHADOW), waiting, serving=written())
    assert said.startswith("tiny@2 is shadow in models.yaml, and no move of it is recorded")


def test_the_last_move_counts_by_when_it_was_made() -> None:
    late = move(State.CANDIDATE, decided_at_s=3.0)
    early = move(State.SHADOW, decided_at_s=2.0)
    assert not refused(written(), late, early, serving=written())
    assert refused(written(second=State.SHADOW), late, early, serving=written())


@pytest.mark.parametrize(
    ("edited", "line", "says"),
    [
        (
            written(second=State.PRODUCTION),
            "state: production",
            "tiny@2 is production in models.yaml, and shadow is what was recorded; write `shadow` "
            "again, and bring it there by `ringfence models promote`",
        ),
        (
            written(second=State.SHADOW, champion="2"),
            "champion: '2'",
            'the champion of tiny is 2 in models.yaml, and 1 is what was recorded; write "1" again',
        ),
        (
            written(second=State.SHADOW, candidate="2"),
            "candidate: '2'",
            "the candidate of tiny is 2 in models.yaml, and no version is what was recorded; "
            "remove it",
        ),
        (
            written(second=0.25),
            "state: canary",
            "tiny@2 is canary of 0.25 in models.yaml, and shadow is what was recorded",
        ),
    ],
)
def test_an_edit_is_refused_with_its_line_and_its_cure(
    edited: YamlDocument, line: str, says: str
) -> None:
    moves = move(State.PRODUCTION, version="1"), move(State.SHADOW, decided_at_s=2.0)
    serving = written(second=State.SHADOW)
    problems = list(refusals(found(edited, *moves, serving=serving), edited))
    (problem,) = problems
    assert f"{problem.problem}; {problem.cure}".startswith(says)
    lines = edited.content.decode().splitlines()
    assert lines[(problem.line or 0) - 1].strip() == line


def test_a_share_that_was_edited_is_named_by_its_own_line() -> None:
    edited = written(second=0.5)
    canary = move(State.CANARY, share=0.05, decided_at_s=2.0)
    adopted = move(State.PRODUCTION, version="1")
    (problem,) = refusals(found(edited, adopted, canary, serving=written(second=0.05)), edited)
    assert "canary of 0.05 is what was recorded" in problem.problem
    lines = edited.content.decode().splitlines()
    assert lines[(problem.line or 0) - 1].strip() == "canary_share: 0.5"


def test_what_was_recorded_and_is_not_applied_yet_is_named_beside_what_serves() -> None:
    edited = written(second=State.PRODUCTION)
    (said,) = refused(edited, move(State.SHADOW), serving=written())
    assert "shadow is what was recorded, and candidate is what serves" in said


@pytest.mark.parametrize("back", [state for state in State if state is not State.RETIRED])
@pytest.mark.parametrize("is_applied", [True, False])
def test_what_is_retired_stays_that(back: State, is_applied: bool) -> None:
    life = 0.5 if back is State.CANARY else back
    edited = written(second=life)
    retired = written(second=State.RETIRED)
    serving = retired if is_applied else edited
    for moves, serves in (((move(State.RETIRED),), serving), ((), retired)):
        undone = list(undone_retirements(found(edited, *moves, serving=serves), edited))
        (problem,) = undone
        assert "was retired for good" in problem.problem
        assert "as another version" in problem.cure


def test_a_new_version_is_a_candidate_or_takes_a_move() -> None:
    alone = yaml.safe_load(MODELS)
    del alone["models"][1]
    serving = parse_yaml(yaml.safe_dump(alone).encode(), "models.yaml")
    assert refused(written(), serving=serving) == []
    (said,) = refused(written(second=State.SHADOW), serving=serving)
    assert "write `candidate` again" in said


def test_what_serves_without_a_record_is_a_warning_and_no_refusal() -> None:
    edited = written(second=State.SHADOW)
    seen = found(edited, serving=edited)
    assert [str(each) for each in seen] == [
        "tiny@1 is production in models.yaml, and no move of it is recorded",
        "tiny@2 is shadow in models.yaml, and no move of it is recorded",
    ]
    assert list(refusals(seen, edited)) == []
    assert all("models adopt" in each.cure for each in warnings(seen, edited))


def test_no_move_starts_from_an_edit_by_hand() -> None:
    edited = written(second=State.SHADOW, champion="2")
    seen = found(edited, serving=written())
    for key in ("tiny@1", "tiny@2"):
        with pytest.raises(MoveRefused, match="no move starts from an edit by hand"):
            require_recorded(seen, edited, key)
    require_recorded(seen, edited, "other@1")
    require_recorded(found(edited, serving=edited), edited, "tiny@2")


def test_a_file_of_schema_1_stands_as_it_is_read() -> None:
    before = parse_yaml(b"schema: 1\n" + _of_schema_1(), "models.yaml")
    assert refused(written(second=State.PRODUCTION), serving=before) == []
    assert len(refused(written(), serving=before)) == 1


def _of_schema_1() -> bytes:
    data = yaml.safe_load(MODELS)
    for entry in data["models"]:
        for key in ("owner", "licence", "lifecycle", "next_review"):
            del entry[key]
    return yaml.safe_dump({"models": data["models"], "aliases": {"tiny": "1"}}).encode()
