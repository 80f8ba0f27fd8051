"""`gate` in policy.yaml: what it becomes, and what is wrong with it in words."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

import router
from router.config.yaml_document import load_yaml, parse_yaml
from router.domain import DataClass
from router.errors import ConfigError
from router.gate.rules import CriticalSlice, GateRules, GoldenFile
from router.policy.gate import gate_rules_of
from router.policy.load import build_rules
from router.policy.policy import RulesText
from router.task import Task

ROOT = Path(router.__file__).parent.parent


def rules(gate: Any) -> GateRules:
    policy = yaml.safe_load((ROOT / "router" / "policy.yaml").read_text()) | {"gate": gate}
    document = parse_yaml(json.dumps(policy, indent=1).encode(), "policy.yaml")
    return build_rules(load_yaml(ROOT / "models.yaml"), document).policy.gate


def test_nothing_is_required_where_nothing_is_said() -> None:
    assert rules({}) == GateRules(required=False, margin=0.02, max_age_days=30)


def test_what_is_said_is_what_holds() -> None:
    said = {"name": "clinic", "task": "summary", "data_class": "restricted", "stakes": "medical"}
    found = rules({"required": True, "margin": 0.01, "critical_slices": [said]})
    (critical,) = found.critical_slices
    assert found.required
    assert critical == CriticalSlice(
        "clinic", task=Task.SUMMARY, data_class=DataClass.RESTRICTED, stakes="medical"
    )
    assert critical.as_json() == {
        **dict.fromkeys(("suite", "choice", "team", "purpose")),
        "margin": 0.05,
        **said,
    }


def test_what_a_gate_must_have_judged_by_is_named_by_digest() -> None:
    found = rules({"misroutes": {"claims.yaml": "a" * 64}, "traffic": "b" * 64})
    assert (found.golden, found.traffic) == ((GoldenFile("claims.yaml", "a" * 64),), "b" * 64)
    assert found.shipped_golden


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        (b"schema: 1\n", GateRules()),
        (b"schema: 1\ngate: {required: true, margin: 0.01}\n", GateRules(True, 0.01)),
        (b"schema: 9\ntiers: [\n", GateRules(required=True)),
        (b"schema: 1\ngate: {required: false, judge: nobody}\n", GateRules(required=True)),
        (b"schema: 1\ngate: off\n", GateRules(required=True)),
    ],
    ids=["nothing", "some", "no yaml", "unknown key", "no section"],
)
def test_a_section_that_cannot_be_read_requires_a_gate(policy: bytes, expected: GateRules) -> None:
    assert gate_rules_of(RulesText(b"", policy)) == expected


@pytest.mark.parametrize(
    ("gate", "says"),
    [
        ({"margin": 0}, "`gate.margin` is not valid"),
        ({"margins": 0.02}, "unknown key `gate.margins`"),
        ({"traffic": "sha256:00"}, "sha256sum FILE"),
        ({"critical_slices": [{"name": "a", "margin": 0.1}]}, "does not say what is in it"),
        ({"critical_slices": [{"name": "a"}]}, "does not say what is in it"),
        ({"critical_slices": [{"name": "a", "task": "code"}] * 2}, "is there twice"),
        ({"critical_slices": [{"name": "a", "task": "coding"}]}, "none of the allowed values"),
        ({"critical_slices": [{"name": "a", "stakes": "medcal"}]}, "write `medical`"),
    ],
    ids=["margin", "unknown", "digest", "margin alone", "empty", "twice", "task", "stakes"],
)
def test_what_is_wrong_is_said_with_its_cure(gate: Any, says: str) -> None:
    with pytest.raises(ConfigError, match=says):
        rules(gate)
