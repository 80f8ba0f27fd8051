"""Where more depends on the answer, better models are tried first: inside what is permitted."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from policy_tables import (
    LABELS,
    classified,
    decide_or_refuse,
    model,
    policy,
    principal,
    refused,
    rules_of,
)
from policy_tables import request as asked_for

from router.domain import DataClass, Principal
from router.policy.explain import explain
from router.policy.policy import Rules

MODELS = [
    model("ward", on_prem=True, approved=LABELS),
    model("desk", on_prem=True, approved=LABELS[:3]),
    model("cloud", on_prem=False, approved=LABELS[:2]),
]
LEGAL = {
    "applies_to": {"purposes": ["contracts"], "teams": ["counsel"]},
    "prefer": {"public": ["reasoning"], "internal": ["reasoning"], "confidential": ["private"]},
}


def written(**more: Any) -> dict[str, Any]:
    made = policy(
        {"private": ["ward"], "fast": ["desk"], "reasoning": ["cloud"]},
        {
            **{label: {"any": ["fast", "private"], "private": ["private"]} for label in LABELS[:3]},
            "restricted": {"any": ["private"]},
        },
    )
    return made | {"stakes": {"legal": LEGAL}} | more


def plan(
    rules: Rules, asker: Principal, data_class: DataClass, stakes: str | None = None, **more: Any
) -> list[str]:
    asked = replace(asked_for(**more), stakes=stakes)
    decision = decide_or_refuse(asked, classified(data_class), asker, rules)
    return [step.model.id for step in decision.plan]


def test_declared_stakes_come_before_what_the_client_chose() -> None:
    rules = rules_of(MODELS, written())
    assert plan(rules, principal(), DataClass.PUBLIC) == ["desk", "ward"]
    for choice in ("auto", "fast", "desk"):
        found = plan(rules, principal(), DataClass.PUBLIC, "legal", choice=choice)
        assert found == ["cloud", "desk", "ward"]


def test_a_team_or_a_purpose_has_stakes_without_saying_so() -> None:
    rules = rules_of(MODELS, written())
    for asker in (
        replace(principal(), purpose="contracts"),
        replace(principal(), team="counsel"),
    ):
        assert plan(rules, asker, DataClass.CONFIDENTIAL) == ["ward", "desk"]


def test_stakes_only_order_what_is_permitted() -> None:
    rules = rules_of(MODELS, written())
    stranger = replace(principal(), team="counsel")  # nobody decided that it may go outside
    assert plan(rules, stranger, DataClass.PUBLIC) == ["desk", "ward"]
    assert plan(rules, stranger, DataClass.RESTRICTED, "legal") == ["ward"]


@pytest.mark.parametrize("more", [{"choice": "private"}, {"private_only": True}])
def test_what_must_stay_goes_its_way_whatever_depends_on_it(more: dict[str, Any]) -> None:
    rules = rules_of(MODELS, written())
    assert plan(rules, principal(), DataClass.PUBLIC, "legal", **more) == ["ward"]


def test_preferring_a_model_that_a_class_may_not_go_to_is_refused() -> None:
    leaky = written(stakes={"legal": LEGAL | {"prefer": ["reasoning"]}})
    problems = refused(MODELS, leaky).problems
    assert problems[0].problem == (
        "class confidential, stakes legal → tier reasoning → cloud@1 is approved for public, "
        "internal only"
    )
    assert "take reasoning out of what legal prefers for confidential" in problems[0].cure
    assert any(problem.problem.startswith("class restricted, stakes") for problem in problems)


@pytest.mark.parametrize(
    ("stakes", "says", "cure"),
    [
        ({"legal": {"prefer": {"public": ["balanced"]}}}, "has no models", "tiers.balanced"),
        ({"legal": {"prefer": {"public": ["fast", "fast"]}}}, "named twice", "once"),
        ({"legal": {"prefer": ["fats"]}}, "allowed values", "fast"),
        ({"legal": {"prefer": []}}, "not valid", "at least 1"),
        ({"legal": {"prefer": {}}}, "not valid", "at least 1"),
        ({"Legal matters": {"prefer": ["fast"]}}, "no name of stakes", "safety_critical"),
        ({"legal": {}}, "missing", "add the key `prefer`"),
    ],
)
def test_what_cannot_be_meant_is_refused(stakes: dict[str, Any], says: str, cure: str) -> None:
    problems = refused(MODELS, written(stakes=stakes)).problems
    assert any(says in each.problem and cure in each.cure for each in problems), problems


def test_objectives_are_in_the_explanation_of_the_tiers_that_are_tried() -> None:
    objectives = {"fast": {"ttft_ms": 500}, "reasoning": {"total_ms": 9000}}
    rules = rules_of(MODELS, written(latency_objectives=objectives))
    found = classified(DataClass.PUBLIC)
    decision = decide_or_refuse(asked_for(), found, principal(), rules)
    explanation = explain(decision, found, rules)
    assert explanation["latency_objectives"] == {"fast": {"ttft_ms": 500, "total_ms": None}}
    assert explanation["on_nothing_available"] == "refuse"


@pytest.mark.parametrize(
    ("objective", "says"),
    [
        ({}, "says nothing"),
        ({"ttft_ms": 10, "total_ms": 9}, "above total_ms"),
        ({"ttft_ms": 0}, "not valid"),
    ],
)
def test_objectives_that_contradict_are_refused(objective: dict[str, int], says: str) -> None:
    made = written(latency_objectives={"fast": objective})
    assert says in str(refused(MODELS, made))


def test_nothing_wider_can_be_asked_for_when_nothing_is_up() -> None:
    assert "allowed values" in str(refused(MODELS, written(on_nothing_available="widen")))


def test_a_purpose_has_a_floor_as_a_team_has_and_floors_only_raise() -> None:
    rules = rules_of(MODELS, written(purpose_floors={"hiring": "confidential"}))
    detection = rules.policy.detection
    for floor in DataClass:
        asker = replace(principal(), purpose="hiring", floor=floor)
        assert detection.floor_of(asker) == max(floor, DataClass.CONFIDENTIAL)
        assert detection.floor_of(replace(asker, team="clinic")) >= DataClass.CONFIDENTIAL
        assert detection.floor_of(replace(asker, purpose="else")) == floor


@pytest.mark.parametrize("declared", [None, "legal", "care", "none"])
def test_what_applies_is_looked_up_as_the_policy_lists_it(declared: str | None) -> None:
    stakes = {
        "care": {"applies_to": {"teams": ["counsel"]}, "prefer": ["private"]},
        "legal": LEGAL,
        "rest": {"applies_to": {"purposes": ["contracts"]}, "prefer": ["private"]},
    }
    rules = rules_of(MODELS, written(stakes=stakes))
    for team, purpose in (("counsel", "contracts"), ("counsel", "general"), ("team", "general")):
        asker = replace(principal(), team=team, purpose=purpose)
        assert rules.stakes_of(declared, asker) == rules.policy.stakes_of(declared, asker)
