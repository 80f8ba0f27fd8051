"""I8: a configuration under which something could go wrong is refused, with place and cure."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from router.errors import ConfigError
from router.policy.load import load_rules
from tests.stack import REPOSITORY, Stack, models_document, policy_document

Edit = Callable[[dict[str, Any], dict[str, Any]], None]
ORIGINS = {
    name: f"http://127.0.0.1:{port}"
    for port, name in enumerate(("private", "fast", "openai", "anthropic"), 9000)
}


def leak_by_route(_models: dict[str, Any], policy: dict[str, Any]) -> None:
    policy["routes"]["restricted"] = {"any": ["private", "balanced"]}


def leak_by_one_choice(_models: dict[str, Any], policy: dict[str, Any]) -> None:
    policy["routes"]["confidential"]["reasoning"] = ["reasoning"]


def leak_by_tier(_models: dict[str, Any], policy: dict[str, Any]) -> None:
    policy["tiers"]["private"].append("openai-model")


def leak_by_approval(models: dict[str, Any], _policy: dict[str, Any]) -> None:
    models["models"][0]["approved_data_classes"] = ["public", "internal", "confidential"]


def leak_by_residency(_models: dict[str, Any], policy: dict[str, Any]) -> None:
    policy["residency"]["internal"] = ["on-prem", "eu"]


def external_for_restricted(models: dict[str, Any], _policy: dict[str, Any]) -> None:
    models["models"][2]["approved_data_classes"].append("restricted")


def unknown_key(_models: dict[str, Any], policy: dict[str, Any]) -> None:
    policy["cascade"]["attempt_timeout"] = 3


def unknown_key_of_a_model(models: dict[str, Any], _policy: dict[str, Any]) -> None:
    models["models"][1]["aproved_data_classes"] = ["public"]


def dangling_id(_models: dict[str, Any], policy: dict[str, Any]) -> None:
    policy["tiers"]["fast"] = ["fats-model"]


def dangling_alias(models: dict[str, Any], _policy: dict[str, Any]) -> None:
    models["aliases"]["openai-model"] = "2"


def missing_route(_models: dict[str, Any], policy: dict[str, Any]) -> None:
    del policy["routes"]["public"]["reasoning"]


def empty_route(_models: dict[str, Any], policy: dict[str, Any]) -> None:
    policy["tiers"]["private"] = []


def contradicting_times(_models: dict[str, Any], policy: dict[str, Any]) -> None:
    policy["cascade"]["attempt_timeout_s"] = 100
    policy["cascade"]["total_timeout_s"] = 10


def leak_by_fallback_of_a_fallback(_models: dict[str, Any], policy: dict[str, Any]) -> None:
    policy["fallbacks"] = {"fast-model": ["private-model"], "private-model": ["openai-model"]}


def leak_by_stakes(_models: dict[str, Any], policy: dict[str, Any]) -> None:
    policy["stakes"] = {"medical": {"prefer": ["reasoning"]}}


def stakes_without_models(_models: dict[str, Any], policy: dict[str, Any]) -> None:
    policy["tiers"]["reasoning"] = []


def dangling_fallback(_models: dict[str, Any], policy: dict[str, Any]) -> None:
    policy["fallbacks"] = {"fast-model": ["privat-model"]}


def the_same_model_twice(models: dict[str, Any], _policy: dict[str, Any]) -> None:
    models["models"].append(models["models"][0])


BAD: dict[str, tuple[Edit, str, str]] = {
    "restricted to an external tier": (leak_by_route, "policy.yaml", "restricted"),
    "one choice of confidential": (leak_by_one_choice, "policy.yaml", "reasoning"),
    "an external model in the private tier": (leak_by_tier, "policy.yaml", "openai-model"),
    "a route to a model without the approval": (leak_by_approval, "policy.yaml", "restricted"),
    "a route out of residency": (leak_by_residency, "policy.yaml", "us"),
    "an external model for restricted": (external_for_restricted, "models.yaml", "restricted"),
    "an unknown key": (unknown_key, "policy.yaml", "attempt_timeout"),
    "an unknown key of a model": (unknown_key_of_a_model, "models.yaml", "aproved"),
    "a tier of a model that is not there": (dangling_id, "policy.yaml", "fats-model"),
    "an alias of a version that is not there": (dangling_alias, "models.yaml", "openai-model"),
    "a choice without a route": (missing_route, "policy.yaml", "reasoning"),
    "a route to nothing": (empty_route, "policy.yaml", "private"),
    "times that contradict": (contradicting_times, "policy.yaml", "total_timeout_s"),
    "a fallback of a fallback": (leak_by_fallback_of_a_fallback, "policy.yaml", "openai-model"),
    "stakes that lead outside": (leak_by_stakes, "policy.yaml", "medical"),
    "stakes that lead nowhere": (stakes_without_models, "policy.yaml", "reasoning"),
    "a fallback that is not there": (dangling_fallback, "policy.yaml", "private-model"),
    "one model twice": (the_same_model_twice, "models.yaml", "private-model"),
}


def written(directory: Path, edit: Edit | None) -> tuple[Path, Path]:
    models, policy = models_document(ORIGINS), policy_document()
    if edit is not None:
        edit(models, policy)
    paths = directory / "models.yaml", directory / "policy.yaml"
    for path, document in zip(paths, (models, policy), strict=True):
        path.write_text(yaml.safe_dump(document))
    return paths


def test_the_configuration_is_good_before_it_is_made_bad(tmp_path: Path) -> None:
    load_rules(*written(tmp_path, None))


@pytest.mark.parametrize("name", BAD)
def test_what_is_wrong_is_named_with_file_line_and_cure(tmp_path: Path, name: str) -> None:
    edit, file, word = BAD[name]
    with pytest.raises(ConfigError) as caught:
        load_rules(*written(tmp_path, edit))
    blamed = [problem for problem in caught.value.problems if problem.file.endswith(file)]
    assert any(word in f"{problem.problem} {problem.cure}" for problem in blamed)
    for problem in caught.value.problems:
        assert problem.line is not None
        assert problem.cure
        assert f"{problem.file}:{problem.line}: " in str(caught.value)
    lines = Path(blamed[0].file).read_text().splitlines()
    assert all(1 <= (problem.line or 0) <= len(lines) for problem in blamed)


@pytest.mark.parametrize("name", ["restricted to an external tier", "an unknown key"])
def test_a_gateway_does_not_start_with_it(own_stack: Callable[..., Stack], name: str) -> None:
    with pytest.raises(ConfigError):
        own_stack(edit=BAD[name][0])


def test_ringfence_check_says_so_without_starting_anything(tmp_path: Path) -> None:
    models, policy = written(tmp_path, leak_by_route)
    command = [sys.executable, "-m", "serving.cli.main", "check"]
    command += ["--models", str(models), "--policy", str(policy)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=REPOSITORY, check=False)
    assert done.returncode == 1
    assert re.search(r"policy\.yaml:\d+: ", done.stderr)
    assert "cure:" in done.stderr
    assert "Traceback" not in done.stderr


def test_all_that_is_wrong_is_said_at_once(tmp_path: Path) -> None:
    def several(models: dict[str, Any], policy: dict[str, Any]) -> None:
        unknown_key(models, policy)
        unknown_key_of_a_model(models, policy)

    with pytest.raises(ConfigError) as caught:
        load_rules(*written(tmp_path, several))
    assert {Path(problem.file).name for problem in caught.value.problems} == {
        "models.yaml",
        "policy.yaml",
    }


def test_what_the_repository_ships_can_be_served_with() -> None:
    load_rules(REPOSITORY / "models.yaml", REPOSITORY / "router" / "policy.yaml")
