"""Golden misroutes: those that come along hold for the shipped rules; what breaks one is found."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from benchmarks.quality.gate.misroutes import SHIPPED, misroutes, read_golden
from router.errors import ConfigError
from router.policy.load import load_rules
from router.policy.policy import Rules
from tests.unit.benchmarks.quality.gate.quality_records import (
    MODELS,
    POLICY,
    models_with,
    policy_with,
)

DAY = date(2026, 11, 22)
WHOLE = "schema: 1\ncases:\n"


@pytest.fixture(scope="module")
def rules() -> Rules:
    return load_rules(MODELS, POLICY)


def own(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "own.yaml"
    path.write_text(WHOLE + text)
    return path


def test_the_shipped_rules_keep_to_all_the_shipped_cases(rules: Rules) -> None:
    golden = read_golden(SHIPPED)
    assert len(golden.cases) >= 40
    assert list(misroutes([golden], rules, rules, DAY)) == []


def test_a_wider_approval_is_a_misroute_for_all_that_it_lets_out(
    rules: Rules, tmp_path: Path
) -> None:
    """It can be proven, since somebody approved the model: and still nobody should have."""

    def approved(models: dict[str, Any]) -> None:
        for entry in models["models"]:
            if entry["id"] == "claude-sonnet-4-5":
                entry["approved_data_classes"].append("confidential")

    wide = policy_with(
        tmp_path / "wide.yaml",
        detection={"entity_types": dict.fromkeys(("PERSON", "EMAIL_ADDRESS"), "confidential")},
        residency={"confidential": ["on-prem", "us", "eu"]},
        routes={"confidential": {"auto": ["reasoning", "private"], "any": ["private"]}},
    )
    new = load_rules(models_with(tmp_path / "models.yaml", approved), wide)
    found = {each.case: each for each in misroutes([read_golden(SHIPPED)], rules, new, DAY)}
    assert {"confidential, auto", "PERSON", "EMAIL_ADDRESS"} <= found.keys()
    assert "restricted, auto" not in found
    assert not any(each.was_so for each in found.values())
    assert found["confidential, auto"].problem.startswith("claude-sonnet-4-5@")


def test_what_was_so_before_is_said_to_be(rules: Rules, tmp_path: Path) -> None:
    text = "  - {name: a, why: b, when: {class: public}, first: {models: [nobody]}}\n"
    (found,) = misroutes([read_golden(own(tmp_path, text))], rules, rules, DAY)
    assert found.was_so


def test_a_case_about_what_there_is_not_does_not_hold_in_silence(
    rules: Rules, tmp_path: Path
) -> None:
    text = "  - {name: a, why: b, when: {choice: gone}, never: {locations: [external]}}\n"
    (found,) = misroutes([read_golden(own(tmp_path, text))], rules, rules, DAY)
    assert "asks for what there is not" in found.problem


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("  - {name: a, why: b, when: {}}\n", "does not say where"),
        ("  - {name: a, why: b, when: {}, never: {}}\n", "does not say where"),
        (
            "  - {name: a, why: b, when: {pin: external, choice: fast}, never: {models: [m]}}\n",
            "for one choice",
        ),
        (
            "  - {name: a, why: b, when: {}, never: {models: [m]}}\n" * 2,
            "is there twice",
        ),
        ("  - {name: a, why: b, when: {clas: public}, never: {models: [m]}}\n", "unknown key"),
    ],
    ids=["nothing", "empty", "both", "twice", "unknown"],
)
def test_a_file_that_means_nothing_is_refused_with_its_line(
    tmp_path: Path, text: str, says: str
) -> None:
    with pytest.raises(ConfigError, match=says):
        read_golden(own(tmp_path, text))
