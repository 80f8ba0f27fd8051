"""A customer's own recognisers come out of policy.yaml, or it does not start."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import re2
import yaml

from router.errors import ConfigError
from router.policy.load import load_rules
from router.privacy.recognisers.pattern import Pattern

REPOSITORY = Path(__file__).parents[4]
CASES = {
    "name": "Case numbers",
    "supported_entity": "CASE_NUMBER",
    "patterns": [{"name": "full", "regex": r"CASE-\d{6}", "score": 0.9}],
    "context": ["Case", "claim"],
}


def load(tmp_path: Path, *recognisers: dict[str, Any]) -> tuple[Pattern, ...]:
    policy = yaml.safe_load((REPOSITORY / "router" / "policy.yaml").read_text())
    policy["detection"]["recognisers"] = list(recognisers)
    path = tmp_path / "policy.yaml"
    path.write_text(yaml.safe_dump(policy))
    return load_rules(REPOSITORY / "models.yaml", path).policy.detection.recognisers


def test_patterns_and_deny_lists_become_patterns(tmp_path: Path) -> None:
    listed = {
        "name": "Projects",
        "supported_entity": "PROJECT",
        "deny_list": ["Blue (Moon)", "Nightjar"],
    }
    pattern, deny_list = load(tmp_path, CASES, listed)
    assert (pattern.entity_type, pattern.regex, pattern.score) == (
        "CASE_NUMBER",
        r"CASE-\d{6}",
        0.9,
    )
    assert pattern.context == ("case", "claim")
    assert (deny_list.entity_type, deny_list.score) == ("PROJECT", 1.0)
    for text in ("Blue (Moon)", "Nightjar"):
        assert re2.fullmatch(deny_list.regex, text)


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"patterns": [{"name": "x", "regex": r"(a)\1", "score": 0.5}]}, "linear time"),
        ({"patterns": [{"name": "x", "regex": r"(?=a)b", "score": 0.5}]}, "linear time"),
        ({"patterns": [{"name": "x", "regex": r"(", "score": 0.5}]}, "linear time"),
        ({"patterns": [{"name": "x", "regex": r"a*", "score": 0.5}]}, "empty text"),
        ({"patterns": []}, "looks for nothing"),
        ({"supported_entity": "case number"}, "entity type"),
        ({"regex": "x"}, "regex"),
        ({"patterns": [{"name": "x", "regex": "x", "score": 2}]}, "1"),
    ],
)
def test_what_cannot_be_relied_on_does_not_start(
    tmp_path: Path, change: dict[str, Any], problem: str
) -> None:
    with pytest.raises(ConfigError, match=problem):
        load(tmp_path, CASES | change)


def test_two_of_one_name_do_not_start(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="two recognisers"):
        load(tmp_path, CASES, CASES)
