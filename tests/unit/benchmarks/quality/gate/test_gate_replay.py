"""Items replayed under two sets of rules: refusals, cascades, and what is asked again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmarks.quality.gate.asked import every_kind, in_slice, of_traffic
from benchmarks.quality.gate.examine import Terms, examine, slices_of
from benchmarks.quality.gate.judge import judge
from benchmarks.quality.gate.outcomes import (
    Cell,
    Item,
    Matrix,
    OutcomesRefused,
    RecordRead,
    Source,
    matrix_of,
    read_outcomes,
)
from benchmarks.quality.gate.replay import Sides, replay
from benchmarks.quality.gate.routing import Routing
from router.domain import DataClass
from router.gate.record import Verdict
from router.gate.rules import CriticalSlice
from router.policy.kinds import Kind
from router.policy.load import load_rules
from router.policy.policy import Rules
from router.risk.certificate import CertifiedModel
from tests.cascading import certificate, reference
from tests.unit.benchmarks.quality.gate.quality_records import (
    FAST,
    MINI,
    MODELS,
    POLICY,
    SONNET,
    models_with,
    policy_with,
    record,
    scores,
    write_records,
)

DAY = date(2026, 11, 22)
PUBLIC = of_traffic([Kind(DataClass.PUBLIC, "auto", team="default", purpose="general")])
ANSWERS = scores(400, 0.7, 1)


def matrix(*records: dict[str, Any]) -> Matrix:
    return matrix_of(
        (RecordRead.model_validate(each), Source(each["id"], "0" * 64)) for each in records
    )


def swapped(tmp_path: Path, **sections: Any) -> Path:
    return policy_with(tmp_path / "new.yaml", tiers={"balanced": ["claude-sonnet-4-5"]}, **sections)


@pytest.fixture(scope="module")
def old() -> Rules:
    return load_rules(MODELS, POLICY)


class Asker:
    """Answers every item right, and remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: dict[str, tuple[Item, ...]] = {}

    def __call__(self, model: str, items: Sequence[Item]) -> Mapping[Item, Cell]:
        self.asked[model] = tuple(items)
        return {item: Cell(1.0, 100.0, 50.0, 1_000.0, 0.5) for item in items}


def test_only_what_changed_and_nobody_measured_is_asked_again(old: Rules, tmp_path: Path) -> None:
    half = record(SONNET, ANSWERS, skip=lambda number: number % 2 == 0)
    ask = Asker()
    found = examine(
        load_rules(MODELS, swapped(tmp_path)),
        old,
        matrix(record(MINI, ANSWERS), half),
        Terms(margin=0.02, day=DAY, asked=PUBLIC),
        ask=ask,
    )
    assert list(ask.asked) == [SONNET]
    assert len(ask.asked[SONNET]) == 200
    assert found.missing == {}
    assert found.quality is not None
    assert found.quality.pairs.lost == 0
    assert found.quality.pairs.won == sum(not score for score in ANSWERS[::2])


def test_more_than_was_agreed_is_drawn_and_weighed(old: Rules, tmp_path: Path) -> None:
    ask = Asker()
    found = examine(
        load_rules(MODELS, swapped(tmp_path)),
        old,
        matrix(record(MINI, ANSWERS), record(SONNET, ANSWERS, skip=lambda number: number >= 100)),
        Terms(margin=0.02, day=DAY, asked=PUBLIC, most_asked_again=60),
        ask=ask,
    )
    assert len(ask.asked[SONNET]) == 60
    assert (found.asked_again, found.to_ask_again) == (60, 300)
    assert found.quality is not None
    assert found.quality.difference.items == pytest.approx(400)
    truth = sum(not score for score in ANSWERS[100:]) / 400
    assert found.quality.difference.low < truth < found.quality.difference.high


def test_two_items_that_were_asked_again_say_nothing_of_hundreds(
    old: Rules, tmp_path: Path
) -> None:
    found = examine(
        load_rules(MODELS, swapped(tmp_path)),
        old,
        matrix(record(MINI, [1.0] * 400), record(SONNET, [1.0] * 400, skip=lambda n: n >= 100)),
        Terms(margin=0.02, day=DAY, asked=PUBLIC, most_asked_again=2),
        ask=Asker(),
    )
    assert (found.asked_again, found.to_ask_again) == (2, 300)
    assert judge(found).verdict is Verdict.INCONCLUSIVE


def test_an_answer_that_does_not_come_stays_unknown(old: Rules, tmp_path: Path) -> None:
    found = examine(
        load_rules(MODELS, swapped(tmp_path)),
        old,
        matrix(record(MINI, ANSWERS), record(SONNET, ANSWERS, skip=lambda number: number < 40)),
        Terms(margin=0.02, day=DAY, asked=PUBLIC),
        ask=lambda _model, _items: {},
    )
    assert found.missing == {SONNET: 40}
    assert found.quality is not None
    assert found.quality.difference.missing == pytest.approx(0.1)


def test_a_refusal_answers_nothing_and_costs_nothing(old: Rules, tmp_path: Path) -> None:
    refusing = policy_with(
        tmp_path / "new.yaml",
        routes={"internal": {"auto": ["balanced"], "any": ["private"]}},
        external_use=[],
    )
    new = load_rules(MODELS, refusing)
    measured = matrix(record(MINI, ANSWERS))
    sides = Sides(measured, Routing(old, DAY), Routing(new, DAY))
    found = replay(sides, PUBLIC, measured.items, only_changing=True)
    assert found.differences.sum() == -sum(ANSWERS)
    assert not found.new_cost_nano_usd.any()
    assert found.needed == {}


def test_what_anybody_answered_alone_counts_for_who_answered() -> None:
    """A record of `auto` fills the cells of the models that it led to, but not by escalations."""
    plain = record(MINI, ANSWERS, choice="auto")
    raised = record(SONNET, ANSWERS, choice="auto", escalated=True) | {"id": "quality-escalated"}
    found = matrix(plain, raised)
    assert set(found.of_models) == {MINI}
    assert len(found.of_choices) == 1


def test_two_runs_of_one_item_are_averaged() -> None:
    again = record(MINI, [1.0] * 400) | {"id": "quality-again"}
    found = matrix(record(MINI, [0.0] * 400), again)
    assert {cell.score for cell in found.of_models[MINI].values()} == {0.5}


def test_shares_of_kinds_are_whole_and_a_slice_takes_what_it_names(old: Rules) -> None:
    kinds = every_kind(old)
    assert sum(each.share for each in kinds) == pytest.approx(1)
    whole = CriticalSlice(
        "r",
        data_class=DataClass.RESTRICTED,
        choice="auto",
        stakes="medical",
        team="default",
        purpose="general",
    )
    (restricted,) = in_slice(kinds, whole)
    assert restricted.kind.found is DataClass.RESTRICTED
    assert restricted.share == pytest.approx(1)


def test_a_suite_of_safety_that_the_owner_names_is_one_slice_with_the_owners_margin() -> None:
    probes = record(MINI, ANSWERS, suites=[("jailbreak", "other")], kind="safety")
    named = CriticalSlice("safe", suite="jailbreak", margin=0.02)
    narrow = CriticalSlice("jailbreak", suite="jailbreak", team="clinic")
    assert slices_of(matrix(probes), Terms(0.02, DAY, (named,))) == (named,)
    of_two = slices_of(matrix(probes), Terms(0.02, DAY, (narrow,)))
    assert of_two == (narrow, CriticalSlice("jailbreak", suite="jailbreak"))


def test_who_one_of_the_rules_tells_apart_asks_in_their_own_name(
    old: Rules, tmp_path: Path
) -> None:
    """Nobody hides a change for one team by not saying what that team asks for."""
    floor = policy_with(tmp_path / "floor.yaml", team_floors={"clinic": "restricted"})
    stakes = set(old.policy.stakes)
    asked = every_kind(old, load_rules(MODELS, floor))
    assert "clinic" in {each.kind.team for each in asked}
    assert stakes <= {each.kind.stakes for each in asked}
    assert {each.kind.found for each in asked} == set(DataClass)


def test_differences_over_many_kinds_stay_whole(old: Rules, tmp_path: Path) -> None:
    new = load_rules(MODELS, swapped(tmp_path))
    measured = matrix(record(MINI, ANSWERS), record(SONNET, ANSWERS[::-1]))
    sides = Sides(measured, Routing(old, DAY), Routing(new, DAY))
    found = replay(sides, every_kind(old, new), measured.items, only_changing=True)
    assert found.kinds > 1
    assert np.isin(found.differences, (-1.0, 0.0, 1.0)).all()


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"outcomes": [{"suite": "summaries"}]}, "is no record of quality"),
        ({"schema": 2}, "is no record of quality"),
        ({"suites": []}, "does not name"),
    ],
    ids=["outcome", "schema", "suite"],
)
def test_a_record_that_says_too_little_is_refused_by_name(
    tmp_path: Path, change: dict[str, Any], says: str
) -> None:
    write_records(tmp_path, [record(MINI, ANSWERS) | change])
    with pytest.raises(OutcomesRefused, match=says):
        read_outcomes(tmp_path)


def test_a_folder_without_records_is_refused_and_other_files_are_left_alone(tmp_path: Path) -> None:
    (tmp_path / "other.json").write_text('{"kind": "throughput"}')
    with pytest.raises(OutcomesRefused, match="has no record of quality"):
        read_outcomes(tmp_path)


def cascading(tmp_path: Path) -> tuple[Path, Path]:
    """The shipped files with the fast tier tried before the balanced one, for `auto`."""

    def tell_logprobs(models: dict[str, Any]) -> None:
        for entry in models["models"]:
            if entry["location"] == "on-prem":
                entry["capabilities"] = sorted({*entry["capabilities"], "logprobs"})

    made = certificate(cheap=FAST, strong=MINI, made_on=DAY)
    # As `route certify` writes it of a model that runs here; no file says which weights are served.
    made = replace(made, cheap_model=CertifiedModel(FAST, f"sha256:{'c' * 64}"))
    pair = {"from": "fast", "to": "balanced", "certificate": reference(tmp_path, made)}
    return (
        models_with(tmp_path / "models.yaml", tell_logprobs),
        policy_with(tmp_path / "cascading.yaml", escalation=[pair]),
    )


def test_what_a_cascade_answers_is_told_by_a_record_of_the_same_rules_alone(
    tmp_path: Path,
) -> None:
    old = load_rules(MODELS, policy_with(tmp_path / "plain.yaml"))
    new = load_rules(*cascading(tmp_path))
    terms = Terms(margin=0.02, day=DAY, asked=PUBLIC)
    strong, cheap = record(MINI, ANSWERS), record(FAST, ANSWERS)
    unknown = examine(new, old, matrix(strong, cheap), terms)
    assert unknown.unjudged == 1.0
    assert unknown.quality is not None
    assert unknown.quality.difference.missing == 1.0
    assert judge(unknown).verdict is Verdict.INCONCLUSIVE
    assert any("cascade" in reason for reason in judge(unknown).reasons)
    of_other_rules = record(MINI, ANSWERS, choice="auto") | {"id": "quality-other"}
    assert examine(new, old, matrix(strong, cheap, of_other_rules), terms).unjudged == 1.0
    observed = record(MINI, ANSWERS, choice="auto", policy_digest=new.policy.digest)
    known = examine(new, old, matrix(strong, cheap, observed), terms)
    assert known.unjudged == 0
    assert judge(known).verdict is Verdict.PASS
