"""The section `routing` says what is meant, or is refused with file, line and cure."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import pytest
from policy_tables import LABELS, model, policy, refused, rules_of

from router.features.rules import TaskRule
from router.policy.load import load_rules
from router.policy.routing_rules import (
    ConversationRules,
    LearnedReference,
    RankBy,
    RoutingRules,
    Weights,
)
from router.task import AnswerFormat, Preference, Task
from tests.stack import REPOSITORY

MODELS = [model("home", on_prem=True, approved=LABELS)]


def written(**routing: Any) -> dict[str, Any]:
    plain = policy({"private": ["home"]}, {label: {"any": ["private"]} for label in LABELS})
    return plain | {"routing": routing}


def rule(**when: Any) -> dict[str, Any]:
    return {"tasks": {"rules": [{"task": "summary", "when": when}]}}


def test_left_out_all_is_as_it_is_written() -> None:
    plain = policy({"private": ["home"]}, {label: {"any": ["private"]} for label in LABELS})
    assert rules_of(MODELS, plain).policy.routing == RoutingRules()
    assert not RoutingRules().ranks_by_utility


def test_what_is_said_is_what_holds() -> None:
    when = {"teams": ["desk"], "system": "digest", "formats": ["json_object"], "tools": False}
    routing = rules_of(
        MODELS,
        written(
            **rule(**when),
            rank={"auto": "utility"},
            weights={"quality": 2, "cost": 30, "latency": 0.5},
            prefer={"cost": 3},
            team_max_latency_ms={"desk": 900},
            conversation={"keep_hours": 2, "min_gain": 0.1},
        ),
    ).policy.routing
    assert routing.tasks.rules == (
        TaskRule(
            Task.SUMMARY,
            teams=frozenset({"desk"}),
            system="digest",
            formats=frozenset({AnswerFormat.JSON_OBJECT}),
            tools=False,
        ),
    )
    assert (routing.rank_auto, routing.rank_tiers) == (RankBy.UTILITY, RankBy.WRITTEN)
    assert routing.weights == Weights(2.0, 30.0, 0.5)
    assert routing.prefer == {Preference.COST: 3.0}
    assert routing.team_max_latency_ms == {"desk": 900}
    assert routing.conversation == ConversationRules(7_200.0, 0.1)


def test_the_shipped_policy_ranks_and_remembers() -> None:
    rules = load_rules(REPOSITORY / "models.yaml", REPOSITORY / "router" / "policy.yaml")
    routing = rules.policy.routing
    assert routing.ranks_by_utility
    assert routing.conversation is not None
    assert routing.tasks.min_confidence is not None


WRONG: dict[str, tuple[dict[str, Any], str, str]] = {
    "task": (
        {"tasks": {"rules": [{"task": "sumary", "when": {"tools": True}}]}},
        "none of the allowed values",
        "summary",
    ),
    "nothing": (rule(), "holds of every request", "say which"),
    "regex": (rule(user="(?=x)y"), "linear time", "RE2"),
    "empty regex": (rule(system="a*"), "matches the empty text", "at least one character"),
    "team twice": (rule(teams=["a", "a"]), "named twice", "once"),
    "same rule": (
        {"tasks": {"rules": [{"task": "code", "when": {"tools": True}}] * 2}},
        "rule 1 holds of the same requests",
        "remove one",
    ),
    "no weight": (
        {"rank": {"auto": "utility"}, "weights": {"quality": 0, "cost": 0}},
        "no weight makes any of it",
        "above 0",
    ),
    "nothing to prefer": (
        {"rank": {"tiers": "utility"}, "prefer": {"latency": 2}},
        "gets nothing by it",
        "weights.latency",
    ),
    "less of it": ({"prefer": {"cost": 0.5}}, "not valid", "greater than or equal to 1"),
    "rank": ({"rank": {"auto": "utilty"}}, "none of the allowed values", "utility"),
    "too long": ({"team_max_latency_ms": {"desk": 600_001}}, "not valid", "600000"),
    "key": ({"weight": {}}, "unknown key", "weights"),
}


@pytest.mark.parametrize(("routing", "says", "cure"), WRONG.values(), ids=WRONG)
def test_what_cannot_be_meant_is_refused_with_its_cure(
    routing: dict[str, Any], says: str, cure: str
) -> None:
    problems = refused(MODELS, written(**routing)).problems
    matching = [problem for problem in problems if says in problem.problem]
    assert matching, [str(problem) for problem in problems]
    assert cure in matching[0].cure
    assert matching[0].line is not None


def test_a_learned_router_is_named_with_its_digest(tmp_path: Path) -> None:
    file = tmp_path / "router.npz"
    file.write_bytes(b"whatever was trained")
    said = {"artifact": str(file), "sha256": hashlib.sha256(file.read_bytes()).hexdigest()}
    routing = rules_of(MODELS, written(rank={"auto": "utility"}, learned=said)).policy.routing
    assert routing.learned == LearnedReference(file, said["sha256"])


@pytest.mark.parametrize(
    ("rank", "content", "cure"),
    [
        ("utility", b"another", "put back the one that was meant"),
        ("utility", None, "ringfence route train"),
        ("written", b"whatever was trained", "by utility"),
    ],
)
def test_a_learned_router_that_cannot_be_meant_is_refused(
    tmp_path: Path, rank: str, content: bytes | None, cure: str
) -> None:
    file = tmp_path / "router.npz"
    if content is not None:
        file.write_bytes(content)
    digest = hashlib.sha256(b"whatever was trained").hexdigest()
    said = {"artifact": str(file), "sha256": digest}
    problems = refused(MODELS, written(rank={"auto": rank}, learned=said))
    assert cure in str(problems)
