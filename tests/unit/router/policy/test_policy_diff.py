"""A change of policy is known by the requests that it moves, each kind with a witness."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest
from policy_tables import LABELS, model, policy, rules_of

from router.domain import DataClass, Endpoint, Tier
from router.errors import ConfigError
from router.policy.diff import Change, difference
from router.policy.kinds import DEFAULT_TEAM, Destinations, Kind
from router.policy.load import load_rules
from router.policy.policy import Rules
from router.policy.simulate import simulate, touched
from router.policy.space import kinds
from router.policy.traffic import Made, of_lines
from tests.stack import REPOSITORY

DAY = date(2026, 11, 22)
MODELS = [
    model("ward", on_prem=True, approved=LABELS),
    model("desk", on_prem=True, approved=LABELS[:3]),
    model("cloud", on_prem=False, approved=LABELS[:2]),
    model("vectors", on_prem=False, approved=LABELS[:2], capabilities=["embeddings"]),
]
MODELS[2]["price"] = {"input_usd_per_mtok": 1.0, "output_usd_per_mtok": 2.0}


def written(**changes: Any) -> dict[str, Any]:
    made = policy(
        {"private": ["ward"], "fast": ["desk"], "balanced": ["cloud"]},
        {
            **{
                label: {"any": ["balanced", "fast", "private"], "private": ["private"]}
                for label in LABELS[:2]
            },
            "confidential": {"any": ["fast", "private"], "private": ["private"]},
            "restricted": {"any": ["private"]},
        },
    )
    return made | changes


def changes_of(old: Rules, new: Rules) -> list[Change]:
    found = difference(old, new, DAY).changes
    for change in found:
        before, after = (Destinations(rules, DAY).of(change.witness) for rules in (old, new))
        assert (before, after) == (change.before, change.after)
        assert before != after
    return list(found)


def test_a_policy_differs_from_itself_in_nothing() -> None:
    rules = rules_of(MODELS, written())
    found = difference(rules, rules, DAY)
    assert (found.changes, found.elsewhere) == ((), ())
    assert found.kinds > 1000


def test_one_line_that_moves_confidential_requests_of_one_team_is_found() -> None:
    old = rules_of(MODELS, written())
    new = rules_of(MODELS, written(team_floors={"clinic": "restricted"}))
    changes = changes_of(old, new)
    assert {team for change in changes for team, _ in change.askers} == {"clinic"}
    (auto,) = [
        change
        for change in changes
        if change.found == "confidential" and change.before.plan == ("desk@1", "ward@1")
    ]
    assert auto.after.plan == ("ward@1",)
    assert auto.witness.team == "clinic"
    assert not auto.leaves


def test_what_may_leave_now_is_told_first() -> None:
    old = rules_of(MODELS, written())
    leave = {"team": "sales", "purposes": ["letters"], "decided_by": "somebody", "reason": "why"}
    new = rules_of(MODELS, written(external_use=[*written()["external_use"], leave]))
    changes = changes_of(old, new)
    assert changes[0].leaves
    assert {pair for change in changes for pair in change.askers} == {("sales", "letters")}
    assert {change.found for change in changes} == {"public", "internal"}


def test_a_finding_that_means_something_else_moves_requests_with_it() -> None:
    old = rules_of(MODELS, written())
    changed = written()
    changed["detection"] = changed["detection"] | {"entity_types": {"PERSON": "restricted"}}
    changes = changes_of(old, rules_of(MODELS, changed))
    assert {change.found for change in changes} == {"PERSON"}
    assert {change.after.first for change in changes} == {"ward@1", "not_permitted"}


def test_what_is_no_matter_of_ways_is_named() -> None:
    old, changed = rules_of(MODELS, written()), written()
    changed["detection"] = changed["detection"] | {"min_score": 0.9}
    changed["taint"] = changed["taint"] | {"retention_days": 1}
    changed["owners"] = {"policy": ["somebody"]}
    found = difference(old, rules_of(MODELS, changed), DAY)
    assert found.changes == ()
    assert set(found.elsewhere) == {"detection.min_score", "taint"}


def test_the_space_of_the_shipped_policy_is_whole_and_small() -> None:
    rules = load_rules(REPOSITORY / "models.yaml", REPOSITORY / "router" / "policy.yaml")
    seen = {kind for kind, _ in kinds(rules)}
    assert 5_000 < len(seen) < 20_000
    assert {kind.found for kind in seen} == set(DataClass)
    assert {kind.stakes for kind in seen} == {None, *rules.policy.stakes}


def test_teams_that_no_policy_tells_apart_stand_for_each_other() -> None:
    floors = {f"team-{number}": "confidential" for number in range(50)}
    rules = rules_of(MODELS, written(team_floors=floors))
    askers = {each.pairs: each for _, each in kinds(rules)}
    assert len(askers) == 3  # who has the floor; who may go outside; everybody else
    assert max(len(pairs) for pairs in askers) == 100


def made(**changes: Any) -> Made:
    kind = {"found": DataClass.PUBLIC, "choice": "auto", "team": "team", "purpose": "general"}
    return Made(Kind(**(kind | changes)), input_tokens=1_000, output_tokens=500)


def test_the_share_of_traffic_that_a_change_touches() -> None:
    old = rules_of(MODELS, written())
    new = rules_of(MODELS, written(team_floors={"clinic": "restricted"}))
    requests = [made(), made(team="clinic", found=DataClass.CONFIDENTIAL), made(team="sales")]
    found = touched(old, new, requests, DAY)
    assert (found.requests, found.touched, found.leaving) == (3, 1, 0)
    assert touched(new, new, [], DAY).share == 0.0


def test_a_simulation_says_where_requests_go_and_what_that_costs() -> None:
    old = rules_of(MODELS, written())
    new = rules_of(MODELS, written(external_use=[]))
    result = simulate([made(), made(), made(team="sales")], new, DAY, against=old)
    assert (result.requests, result.moved) == (3, 2)
    assert result.before["cloud@1"].cost_nano_usd == 2 * (1_000 * 1_000 + 500 * 2_000)
    assert result.after["desk@1"].requests == 3
    assert result.after["desk@1"].cost_nano_usd == 0


def test_records_of_a_version_that_is_gone_go_where_its_id_leads() -> None:
    rules = rules_of(MODELS, written())
    result = simulate([made(choice="cloud@0"), made(choice="gone@1")], rules, DAY)
    assert set(result.after) == {"cloud@1", "unknown_model"}


def test_lines_of_a_file_are_requests() -> None:
    line = {
        "team": "sales",
        "purpose": "letters",
        "class": "confidential",
        "choice": "fast",
        "endpoint": "embeddings",
        "private_only": True,
        "tiers": ["fast"],
        "input_tokens": 7,
    }
    (read,) = of_lines([json.dumps(line), "", "  "], "requests.jsonl")
    assert read.kind == Kind(
        DataClass.CONFIDENTIAL,
        "fast",
        Endpoint.EMBEDDINGS,
        private_only=True,
        team="sales",
        purpose="letters",
        tiers=frozenset({Tier.FAST}),
    )
    assert (read.input_tokens, read.planned) == (7, None)


def test_a_class_that_nobody_knows_is_restricted_and_a_team_left_out_is_the_first_one() -> None:
    (read,) = of_lines(['{"class": "secret"}'], "requests.jsonl")
    assert (read.kind.found, read.kind.team) == (DataClass.RESTRICTED, DEFAULT_TEAM)


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("{", "the line"),
        ("[]", "the line"),
        ('{"team": "zq-canary"}', "class"),
        ('{"class": "public", "input_tokens": -1}', "input_tokens"),
        ('{"class": "public", "zq-canary": 1}', "the line"),
        ('{"class": "public", "tiers": ["zq-canary"]}', "tiers"),
    ],
)
def test_a_line_that_is_no_request_is_named_and_not_quoted(line: str, says: str) -> None:
    with pytest.raises(ConfigError) as caught:
        list(of_lines(['{"class": "public"}', line], "requests.jsonl"))
    (problem,) = caught.value.problems
    assert (problem.line, says in problem.problem) == (2, True)
    assert "zq-canary" not in str(problem)
