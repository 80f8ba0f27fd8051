"""Embeddings go to the model that is named, or to the one of the task, and to no other."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from policy_tables import LABELS, classified, model, policy, refused, request, rules_of

from router.domain import DataClass, Endpoint, Exclusion, InferenceRequest, Principal, Tier
from router.errors import InvalidRequest
from router.policy.decide import decide
from router.policy.diff import difference
from router.policy.policy import Rules
from router.task import Task

PUBLIC, RESTRICTED = DataClass.PUBLIC, DataClass.RESTRICTED
MODELS = [
    model("home", on_prem=True, approved=LABELS),
    model("words", on_prem=True, approved=LABELS, capabilities=["embeddings"]),
    model("code", on_prem=True, approved=LABELS[:3], capabilities=["embeddings"]),
]


def written(embeddings: dict[str, str]) -> dict[str, Any]:
    plain = policy({"private": ["home"]}, {label: {"any": ["private"]} for label in LABELS})
    return plain | {"routing": {"embeddings": embeddings}}


def rules(**embeddings: str) -> Rules:
    return rules_of(MODELS, written(embeddings))


def asked(task: Task | None = None, choice: str = "auto") -> InferenceRequest:
    return replace(request(choice, endpoint=Endpoint.EMBEDDINGS, input="x"), task=task)


def plan(asked_for: InferenceRequest, by: Rules, data_class: DataClass = PUBLIC) -> list[str]:
    principal = Principal("k", "t", PUBLIC, frozenset(Tier))
    decision = decide(asked_for, classified(data_class), principal, by)
    return [step.model.key for step in decision.plan]


def test_auto_means_the_model_of_the_declared_task_and_else_that_of_other() -> None:
    both = rules(code="code@1", other="words@1")
    assert plan(asked(Task.CODE), both) == ["code@1"]
    assert plan(asked(Task.SUMMARY), both) == ["words@1"]
    assert plan(asked(), both) == ["words@1"]
    assert plan(asked(Task.CODE, "words"), both) == ["words@1"]


def test_why_is_among_the_reasons() -> None:
    principal = Principal("k", "t", PUBLIC, frozenset(Tier))
    decision = decide(asked(Task.CODE), classified(PUBLIC), principal, rules(code="code@1"))
    assert {"choice:code@1", "task:code"} <= set(decision.reasons)


def test_where_the_model_of_the_task_may_not_see_it_nobody_does() -> None:
    both = rules(code="code@1", other="words@1")
    principal = Principal("k", "t", PUBLIC, frozenset(Tier))
    decision = decide(asked(Task.CODE), classified(RESTRICTED), principal, both)
    assert not decision.plan
    assert Exclusion("code@1", "class_not_approved") in decision.excluded


def test_a_task_that_nothing_is_written_for_is_refused_with_those_that_are() -> None:
    with pytest.raises(InvalidRequest, match=r"x-ringfence-task \(one of: code\)"):
        plan(asked(), rules(code="code@1"))


def test_tiers_make_no_embeddings() -> None:
    with pytest.raises(InvalidRequest, match="name one of: words, code"):
        plan(asked(choice="private"), rules(other="words@1"))


@pytest.mark.parametrize(
    ("name", "why", "cure"),
    [
        ("home@1", "makes no embeddings", "name one of: words@1, code@1"),
        ("words", "whose version may change", "write `words@1`"),
        ("wards@1", "does not have", "write `words@1`"),
    ],
)
def test_only_a_version_that_makes_embeddings_is_taken(name: str, why: str, cure: str) -> None:
    problem = str(refused(MODELS, written({"other": name})))
    assert why in problem
    assert cure in problem


def test_another_model_for_a_task_is_a_difference_of_two_policies() -> None:
    found = difference(rules(code="code@1"), rules(code="words@1"), date(2026, 11, 22)).changes
    assert ("code@1", "words@1") in {(change.before.first, change.after.first) for change in found}
    assert {change.witness.embeds for change in found} == {Task.CODE}
