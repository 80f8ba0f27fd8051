"""What a policy says in vain is found, with its line and what to do about it."""

from __future__ import annotations

from typing import Any

import pytest
from policy_tables import LABELS, model, policy, rules_of, rules_of_versions, version

from router.errors import ConfigProblem
from router.policy.lint import lint
from router.policy.load import load_rules
from tests.stack import REPOSITORY

NOW_S = 1_795_305_600.0  # 2026-11-22
MODELS = [
    model("ward", on_prem=True, approved=LABELS),
    model("desk", on_prem=True, approved=LABELS[:3]),
    model("cloud", on_prem=False, approved=LABELS[:2]),
]
OUTSIDE = {"team": "team", "purposes": ["general"], "decided_by": "somebody", "reason": "tests"}


def written(**changes: Any) -> dict[str, Any]:
    made = policy(
        {"private": ["ward"], "fast": ["desk"], "balanced": ["cloud"]},
        {
            **{label: {"any": ["balanced", "fast", "private"]} for label in LABELS[:2]},
            "confidential": {"any": ["fast", "private"]},
            "restricted": {"any": ["private"]},
        },
    )
    for label in LABELS[:3]:
        made["routes"][label]["private"] = ["private"]  # type: ignore[index]
    return made | {"owners": {"policy": ["the platform team"]}} | changes


def findings(models: list[dict[str, object]] | None = None, **changes: Any) -> list[ConfigProblem]:
    return list(lint(rules_of(models or MODELS, written(**changes)), NOW_S))


def test_a_policy_that_means_all_it_says_has_none() -> None:
    assert findings() == []


def test_the_policy_that_we_ship_has_none() -> None:
    rules = load_rules(REPOSITORY / "models.yaml", REPOSITORY / "router" / "policy.yaml")
    assert list(lint(rules, NOW_S)) == []


ROUTES: dict[str, Any] = written()["routes"]
EXPIRED = {
    "id": "old",
    "team": "claims",
    "entity_types": ["PERSON"],
    "lowers_to": "internal",
    "reason": "It was.",
    "approved_by": ["A. Author", "R. Reviewer"],
    "approved_on": "2026-01-01",
    "expires": "2026-02-01",
}


@pytest.mark.parametrize(
    ("changes", "says", "cure"),
    [
        ({"owners": {}}, "nobody owns the policy", "owners: {policy"),
        ({"owners": {"policy": ["x"], "vault": ["x"]}}, "vault has an owner", "remove"),
        ({"team_floors": {"clinic": "internal"}}, "floor of clinic raises nothing", "raise it"),
        ({"purpose_floors": {"hiring": "public"}}, "floor of hiring raises nothing", "raise it"),
        ({"external_use": [OUTSIDE, OUTSIDE]}, "decided above", "remove one"),
        (
            {"external_use": [OUTSIDE | {"purposes": ["any"]}, OUTSIDE]},
            "decided above",
            "remove one",
        ),
        ({"external_use": [OUTSIDE | {"purposes": ["any", "x"]}]}, "`any` covers", "the others"),
        (
            {"tiers": {"private": ["ward"], "fast": ["desk"], "balanced": ["cloud"],
                       "reasoning": ["desk"]}},
            "no route leads to the tier reasoning",
            "add reasoning",
        ),
        (
            {"stakes": {"legal": {"prefer": {"public": ["balanced"]}}}},
            "legal changes no order",
            "another tier",
        ),
        ({"fallbacks": {"desk": ["ward"]}}, "whatever leads to desk@1 leads to ward@1", "take"),
        (
            {"latency_objectives": {"reasoning": {"ttft_ms": 5}}},
            "reasoning has an objective and no models",
            "remove",
        ),
        (
            {"latency_objectives": {"fast": {"total_ms": 999_999}}},
            "longer than an attempt",
            "attempt_timeout_s",
        ),
        ({"exceptions": [EXPIRED]}, "expired on 2026-02-01", "remove it"),
    ],
)  # fmt: skip
def test_what_is_said_in_vain_is_found(changes: dict[str, Any], says: str, cure: str) -> None:
    found = findings(**changes)
    assert [says in each.problem and cure in each.cure for each in found] == [True], found
    assert found[0].line


def test_leave_to_go_outside_where_nothing_leads_there_is_in_vain() -> None:
    tiers = {"private": ["ward"], "fast": ["desk"], "balanced": ["desk"]}
    home = [each for each in MODELS if each["id"] != "cloud"]
    found = findings(home, tiers=tiers)
    assert any("no request leads to a model outside" in each.problem for each in found)


def test_a_model_that_nothing_leads_to_is_found_in_its_own_file() -> None:
    lonely = model("lonely", on_prem=True, approved=LABELS)
    (found,) = findings([*MODELS, lonely])
    assert found.file == "models.yaml"
    assert "no request ever reaches lonely@1: it is in no tier" in found.problem


def test_a_fallback_that_is_the_only_way_on_is_not_in_vain() -> None:
    routes = ROUTES | {"confidential": {"any": ["fast"], "private": ["private"]}}
    assert findings(routes=routes, fallbacks={"desk": ["ward"]}) == []


def test_a_combination_that_means_no_more_than_one_of_it_is_in_vain() -> None:
    detection = written()["detection"] | {
        "entity_types": {"PERSON": "confidential", "CITY": "public"},
        "combinations": [{"entity_types": ["PERSON", "CITY"], "data_class": "internal"}],
    }
    (found,) = findings(detection=detection)
    assert "one of them means confidential alone" in found.problem


def test_an_entry_of_output_that_scans_no_answer_is_found() -> None:
    lonely = model("lonely", on_prem=True, approved=LABELS)
    entry = {"models": ["lonely"], "from_data_class": "restricted", "action": "record"}
    found = findings([*MODELS, lonely], output=[entry])
    assert any("scans no answer" in each.problem for each in found)


@pytest.mark.parametrize("state", ["candidate", "shadow", "retired"])
def test_a_tier_and_a_route_that_lead_to_nobody_who_answers_are_found(state: str) -> None:
    tiers = {"private": ["ward"], "fast": ["desk@1"], "balanced": ["cloud"]}
    routes = ROUTES | {"confidential": {"any": ["fast"], "private": ["private"]}}
    models = [version(MODELS[0]), version(MODELS[1], state=state), version(MODELS[2])]
    rules = rules_of_versions(models, written(tiers=tiers, routes=routes))
    tier, route = lint(rules, NOW_S)
    assert tier.problem == f"no model of the tier fast answers clients: desk@1 is {state}"
    assert "class confidential, choice auto leads to no model that answers" in route.problem
    assert tier.line
    assert route.line
    assert tier.cure
    assert route.cure


@pytest.mark.parametrize("state", ["candidate", "shadow", "canary"])
def test_a_version_that_is_on_its_way_is_not_said_in_vain(state: str) -> None:
    share = {"canary_share": 0.1} if state == "canary" else {}
    models = [*map(version, MODELS), version(MODELS[1], "2", state, **share)]
    assert list(lint(rules_of_versions(models, written()), NOW_S)) == []
