"""The first entry that names an answer decides what becomes of it; nonsense does not start."""

from __future__ import annotations

from typing import Any

import pytest
from policy_tables import LABELS, model, policy, refused, rules_of

from router.domain import DataClass, OutputAction
from router.policy.policy import Rules
from router.privacy.output.rules import ToolRules

MODELS = [
    model("home", on_prem=True, approved=LABELS),
    model("cloud", on_prem=False, approved=["public"]),
]


def entry(models: Any, **more: Any) -> dict[str, Any]:
    return {"models": models, "from_data_class": "restricted", "action": "record"} | more


def written(output: list[dict[str, Any]] | None = None, tools: Any = None) -> dict[str, Any]:
    made: dict[str, Any] = policy(
        {"private": ["home"]}, {label: {"any": ["private"]} for label in LABELS}
    )
    if output is not None:
        made["output"] = output
    if tools is not None:
        made["tools"] = {"external": tools, "stop_from_data_class": "restricted"}
    return made


def action_of(rules: Rules, name: str, team: str = "default") -> OutputAction | None:
    found = rules.registry.resolve(name)
    assert found is not None
    rule = rules.policy.output.rule_for(found, team)
    return rule and rule.action


def test_without_a_word_about_answers_none_is_scanned_and_no_tool_is_external() -> None:
    rules = rules_of(MODELS, written())
    assert action_of(rules, "home") is action_of(rules, "cloud") is None
    assert not rules.policy.tools.is_external("web_search")
    assert not rules.policy.tools.is_external("")


def test_the_first_entry_that_names_model_and_team_decides() -> None:
    rules = rules_of(
        MODELS,
        written(
            [
                entry("any", teams=["clinic"], action="stop", from_data_class="confidential"),
                entry(["home@1"], action="mask"),
                entry("external"),
            ]
        ),
    )
    assert action_of(rules, "home", "clinic") is OutputAction.STOP
    assert action_of(rules, "home") is OutputAction.MASK
    assert action_of(rules, "cloud") is OutputAction.RECORD
    assert rules.policy.output.rules[0].from_data_class is DataClass.CONFIDENTIAL


@pytest.mark.parametrize(
    ("output", "says", "cure"),
    [
        ([entry(["hom"])], "names hom, which the registry does not have", "write `home`"),
        ([entry(["zzzzzzz"])], "names zzzzzzz", "name one of: on-prem, external, any"),
        ([entry(["home", "home"])], "named twice", "name it once"),
        ([entry("any", teams=["a", "a"])], "named twice", "name it once"),
        ([entry("any"), entry(["home"])], "never used", "before"),
        ([entry("any"), entry("external", teams=["a"])], "never used", "before"),
        ([entry("on-prem"), entry("external"), entry("any")], "never used", "remove"),
        ([entry([])], "not valid", "at least 1"),
        ([entry("any", teams=[])], "not valid", "at least 1"),
        ([entry("any", action="hide")], "allowed values", "record"),
        ([entry("any", from_data_class="secret")], "allowed values", "restricted"),
        ([entry("any", team="a")], "unknown key", "teams"),
    ],
)
def test_what_must_not_start_is_refused_with_a_cure(output: Any, says: str, cure: str) -> None:
    problems = refused(MODELS, written(output)).problems
    assert any(says in one.problem and cure in one.cure for one in problems), problems
    assert all(one.line for one in problems)


@pytest.mark.parametrize(
    ("tools", "says"),
    [(["web_*", "WEB_*"], "named twice"), (["a b"], "no glob"), ([""], "no glob")],
)
def test_globs_that_cannot_be_meant_are_refused(tools: Any, says: str) -> None:
    assert says in str(refused(MODELS, written(tools=tools)))


def test_entries_for_different_teams_do_not_cover_each_other() -> None:
    assert rules_of(MODELS, written([entry("any", teams=["a"]), entry("any", teams=["b"])]))


@pytest.mark.parametrize(
    ("name", "external"),
    [
        ("web_search", True),
        ("WEB_SEARCH", True),
        ("mcp__files__read", True),
        ("look_up", False),
        ("my_web_search", False),
        ("", True),
    ],
)
def test_a_tool_is_external_by_its_name_whatever_its_case(name: str, external: bool) -> None:
    """A call without a name could be to anything."""
    assert ToolRules(("Web_*", "mcp__*")).is_external(name) is external
