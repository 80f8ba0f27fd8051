"""`limits` in policy.yaml: what is written is what holds, and what makes no sense is refused."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

import router
from router.accounts.limits.rules import LimitRules, Limits, OverBudget
from router.config.validate import validate
from router.config.yaml_document import YamlDocument, load_yaml, parse_yaml
from router.errors import ConfigError, ConfigProblem
from router.policy.limits import check_limit_models, check_limits
from router.policy.load import build_rules
from router.policy.schema import PolicyFile
from router.registry.load import build_registry

KEY_ID = "0199d2c4-7b1e-7c55-9a51-0e2d5a1f6b3c"
ROOT = Path(router.__file__).parent.parent
SHIPPED = yaml.safe_load((ROOT / "router" / "policy.yaml").read_text())


@pytest.fixture(scope="module")
def models() -> YamlDocument:
    return load_yaml(ROOT / "models.yaml")


def written(limits: object) -> YamlDocument:
    return parse_yaml(yaml.safe_dump(SHIPPED | {"limits": limits}).encode(), "policy.yaml")


def rules_of(limits: object, models: YamlDocument) -> LimitRules:
    return build_rules(models, written(limits)).policy.limits


def problems_of(limits: object, models: YamlDocument) -> list[ConfigProblem]:
    document = written(limits)

    def found() -> Iterator[ConfigProblem]:
        file = validate(document, PolicyFile)
        yield from check_limits(file, document)
        yield from check_limit_models(file, document, build_registry(models))

    try:
        return list(found())
    except ConfigError as error:
        return list(error.problems)


def test_a_policy_that_says_nothing_limits_nothing(models: YamlDocument) -> None:
    without = {name: said for name, said in SHIPPED.items() if name != "limits"}
    document = parse_yaml(yaml.safe_dump(without).encode(), "policy.yaml")
    rules = build_rules(models, document).policy.limits
    assert rules == LimitRules()


def test_what_is_written_is_what_holds(models: YamlDocument) -> None:
    rules = rules_of(
        {
            "all": {"budget_usd_per_month": 500},
            "each_team": {"requests_per_minute": 600},
            "each_key": {"tokens_per_minute": 200_000},
            "teams": {"radiology": {"budget_usd_per_day": 0.1, "over_budget": "cheaper"}},
            "keys": {KEY_ID: {"requests_per_minute": 5}},
            "models": {"gpt-5-mini": {"tokens_per_minute": 7}, "gpt-5-mini@2025-08-07": {}},
        },
        models,
    )
    assert rules == LimitRules(
        all=Limits(budget_nano_usd_per_month=500_000_000_000),
        each_team=Limits(requests_per_minute=600),
        each_key=Limits(tokens_per_minute=200_000),
        teams={
            "radiology": Limits(budget_nano_usd_per_day=100_000_000, over_budget=OverBudget.CHEAPER)
        },
        keys={KEY_ID: Limits(requests_per_minute=5)},
        models={"gpt-5-mini": Limits(tokens_per_minute=7), "gpt-5-mini@2025-08-07": Limits()},
    )


def test_what_is_over_the_budget_of_a_key_may_be_said_where_only_keys_have_one(
    models: YamlDocument,
) -> None:
    cheaper = {"over_budget": "cheaper"}
    rules = rules_of({"each_key": cheaper, "keys": {KEY_ID: cheaper}}, models)
    assert rules.each_key == rules.keys[KEY_ID] == Limits(over_budget=OverBudget.CHEAPER)


@pytest.mark.parametrize(
    ("limits", "problem", "cure"),
    [
        (
            {"models": {"gpt-5-mimi": {"requests_per_minute": 1}}},
            "limits names gpt-5-mimi, which the registry does not have",
            "write `gpt-5-mini`",
        ),
        (
            {"teams": {"radiology": {"budget_usd_per_day": 20, "budget_usd_per_month": 10}}},
            "the budget of a day is above that of the month",
            "lower budget_usd_per_day to at most 10",
        ),
        (
            {"all": {"over_budget": "cheaper"}},
            "over_budget has no effect",
            "add budget_usd_per_day",
        ),
        ({"teams": {"Radiology": {}}}, "is no team's name", "a-z"),
        ({"keys": {"rf-secret": {}}}, "is no id of a key", "ringfence keys list"),
        ({"each_key": {"requests_per_second": 1}}, "unknown key", "requests_per_minute"),
        ({"each_key": {"requests_per_minute": 0}}, "requests_per_minute", ""),
        ({"each_key": {"budget_usd_per_day": -1.0}}, "budget_usd_per_day", ""),
        ({"each_key": {"budget_usd_per_day": 1, "over_budget": "wait"}}, "over_budget", "refuse"),
    ],
)
def test_what_makes_no_sense_is_named_with_its_cure(
    models: YamlDocument, limits: object, problem: str, cure: str
) -> None:
    (found,) = problems_of(limits, models)
    assert problem in found.problem
    assert cure in found.cure
    assert found.line is not None


def test_a_key_that_was_written_for_its_id_is_not_repeated(models: YamlDocument) -> None:
    found: list[Any] = problems_of({"keys": {"rf-Zm9vYmFyYmF6": {}}}, models)
    # A message names the place, which is the key of the mapping; the value is never quoted.
    assert len(found) == 1
    assert "keys list" in found[0].cure
