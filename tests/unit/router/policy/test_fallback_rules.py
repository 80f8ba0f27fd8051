"""What stands in for a model, and for what stands in: followed, and proven, to its end."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from policy_tables import (
    LABELS,
    classified,
    decide_or_refuse,
    model,
    policy,
    principal,
    refused,
    request,
    rules_of,
)

from router.domain import DataClass, Endpoint, Tier
from router.policy.chains import chains
from router.policy.policy import Rules

MODELS = [
    model("ward", on_prem=True, approved=LABELS),
    model("desk", on_prem=True, approved=LABELS[:3]),
    model("spare", on_prem=True, approved=LABELS[:3]),
    model("cloud", on_prem=False, approved=LABELS[:2]),
    model("vectors", on_prem=True, approved=LABELS, capabilities=["embeddings"]),
]


def written(fallbacks: dict[str, Any], **tiers: list[str]) -> dict[str, Any]:
    made = policy(
        {"private": ["ward"], "fast": ["desk"], "balanced": ["spare"], "reasoning": ["cloud"]}
        | tiers,
        {
            "public": {"any": ["fast"], "private": ["private"]},
            "internal": {"any": ["fast"], "private": ["private"]},
            "confidential": {"any": ["fast"], "private": ["private"]},
            "restricted": {"any": ["private"]},
        },
    )
    return made | {"fallbacks": fallbacks}


def plan(rules: Rules, data_class: DataClass, choice: str = "auto", **changes: Any) -> list[str]:
    asker = principal(changes.pop("tiers", frozenset(Tier)))
    asked = request(choice, **changes)
    decision = decide_or_refuse(asked, classified(data_class), asker, rules)
    return [step.model.id for step in decision.plan]


def test_a_fallback_follows_the_route_and_its_own_fallback_follows_it() -> None:
    rules = rules_of(MODELS, written({"desk": ["spare"], "spare": ["ward"]}))
    for data_class in (DataClass.PUBLIC, DataClass.CONFIDENTIAL):
        assert plan(rules, data_class) == ["desk", "spare", "ward"]
    assert plan(rules, DataClass.PUBLIC, "spare") == ["spare", "desk", "ward"]


def test_a_fallback_is_in_the_reasons_under_its_own_name() -> None:
    rules = rules_of(MODELS, written({"desk": ["spare"]}))
    decision = decide_or_refuse(request(), classified(DataClass.PUBLIC), principal(), rules)
    assert decision.reasons[-1] == "fallback:spare@1"
    assert decision.plan[-1].tier is Tier.BALANCED


def test_what_stands_in_is_one_of_the_tiers_that_the_key_may_use() -> None:
    rules = rules_of(MODELS, written({"desk": ["spare", "ward"]}))
    tiers = {Tier.FAST, Tier.PRIVATE}
    assert plan(rules, DataClass.PUBLIC, tiers=tiers) == ["desk", "ward"]


def test_models_that_stand_in_for_each_other_end() -> None:
    rules = rules_of(MODELS, written({"desk": ["spare"], "spare": ["desk", "ward"]}))
    assert plan(rules, DataClass.PUBLIC) == ["desk", "spare", "ward"]


def test_embeddings_have_nothing_that_stands_in() -> None:
    rules = rules_of(MODELS, written({"desk": ["spare"]}))
    asked = plan(rules, DataClass.PUBLIC, "vectors", endpoint=Endpoint.EMBEDDINGS)
    assert asked == ["vectors"]


def test_a_fallback_of_a_fallback_that_leaks_is_refused_with_its_witness() -> None:
    made = written({"desk": ["spare"], "spare": ["cloud"]})
    problems = refused(MODELS, made).problems
    witnesses = [problem.problem for problem in problems]
    assert (
        "class confidential, choice auto → tier fast → desk@1 → spare@1 → cloud@1 is approved for "
        "public, internal only" in witnesses
    )
    assert (
        "class public, private endpoint, model desk@1 → spare@1 → cloud@1 is external; the private "
        "endpoint promises on-prem" in witnesses
    )
    assert any("cloud@1 resides in us; confidential may be in on-prem only" in w for w in witnesses)
    assert all("take cloud out of the fallbacks of spare" in each.cure for each in problems)
    assert len({problem.line for problem in problems}) == 1


def test_a_chain_of_any_length_is_followed_to_the_leak() -> None:
    between = [f"hop{number}" for number in range(12)]
    hops = [model(name, on_prem=True, approved=LABELS[:3]) for name in between]
    steps = ["desk", *between, "cloud"]
    fallbacks = {one: [other] for one, other in pairwise(steps)}
    problems = refused([*MODELS, *hops], written(fallbacks, balanced=between)).problems
    chain = " → ".join(f"{name}@1" for name in steps)
    assert any(f"tier fast → {chain} is approved" in problem.problem for problem in problems)


def test_what_the_runtime_would_drop_is_refused_nevertheless() -> None:
    """No request gets there while the team may use nothing outside: the policy is refused still."""
    made = written({"desk": ["cloud"]}) | {"external_use": []}
    assert any("cloud@1 is approved" in each.problem for each in refused(MODELS, made).problems)


@pytest.mark.parametrize(
    ("fallbacks", "says", "cure"),
    [
        ({"dusk": ["spare"]}, "does not have", "write `desk`"),
        ({"desk": ["spair"]}, "does not have", "write `spare`"),
        ({"desk": ["desk@1"]}, "falls back to itself", "remove"),
        ({"desk": ["spare", "spare@1"]}, "named twice", "once"),
        ({"desk": ["spare"], "desk@1": ["ward"]}, "already under desk", "one place"),
        ({"desk": ["vectors"]}, "makes embeddings", "take vectors out"),
        ({"desk": []}, "not valid", "at least 1"),
    ],
)
def test_what_cannot_be_meant_is_refused(fallbacks: dict[str, Any], says: str, cure: str) -> None:
    problems = refused(MODELS, written(fallbacks)).problems
    assert any(says in each.problem and cure in each.cure for each in problems), problems


def test_a_model_in_no_tier_stands_in_for_nobody() -> None:
    made = written({"desk": ["spare"]}, balanced=["ward"])
    assert "in no tier" in str(refused(MODELS, made))


@given(
    st.dictionaries(
        st.sampled_from("abcdef"), st.lists(st.sampled_from("abcdef"), max_size=4).map(tuple)
    ),
    st.sampled_from("abcdef"),
)
def test_chains_lead_along_what_is_written_to_each_model_once(
    fallbacks: dict[str, tuple[str, ...]], start: str
) -> None:
    found = list(chains(fallbacks, start))
    ends = [chain[-1] for chain in found]
    assert len(set(ends)) == len(ends)
    assert start not in ends
    reached = {start, *ends}
    assert all(target in reached for key in reached for target in fallbacks.get(key, ()))
    for chain in found:
        assert chain[0] == start
        assert all(b in fallbacks[a] for a, b in pairwise(chain))
