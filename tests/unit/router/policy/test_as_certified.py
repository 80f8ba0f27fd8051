"""Files do not say which weights are served: a certificate of them holds where they may be."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from policy_tables import LABELS, model, policy, rules_of

from router.policy.as_certified import as_certified
from router.policy.policy import Rules
from router.risk.certificate import CertifiedModel
from tests.cascading import certificate, reference

CERTIFIED, OTHER = f"sha256:{'c' * 64}", f"sha256:{'e' * 64}"
MODELS = [
    model("home", on_prem=True, approved=LABELS),
    model("desk", on_prem=True, approved=LABELS, capabilities=["chat", "logprobs"]),
]


def rules(directory: Path) -> Rules:
    written: dict[str, Any] = policy(
        {"private": ["home"], "fast": ["desk"]},
        {label: {"auto": ["private", "fast"], "any": ["private"]} for label in LABELS},
    )
    made = replace(certificate(strong="home@1"), cheap_model=CertifiedModel("desk@1", CERTIFIED))
    pair = {"from": "fast", "to": "private", "certificate": reference(directory, made)}
    return rules_of(MODELS, written | {"escalation": [pair]})


def weights(rules: Rules) -> dict[str, str | None]:
    return {model.key: model.weights_digest for model in rules.registry.models}


def test_where_nothing_is_expected_they_are_those_that_were_certified(tmp_path: Path) -> None:
    assert weights(as_certified(rules(tmp_path))) == {"home@1": None, "desk@1": CERTIFIED}


def test_what_is_expected_goes_before_what_was_certified(tmp_path: Path) -> None:
    made = rules(tmp_path)
    entries = dict(made.registry.entries)
    entries["desk@1"] = replace(entries["desk@1"], expected_weights_digest=OTHER)
    made = replace(made, registry=replace(made.registry, entries=entries))
    assert weights(as_certified(made))["desk@1"] == OTHER


@pytest.mark.parametrize("escalation", [(), None])
def test_without_a_certificate_nothing_is_changed(
    tmp_path: Path, escalation: tuple[Any, ...] | None
) -> None:
    made = rules(tmp_path)
    pairs = [replace(rule, certificate=None) for rule in made.policy.escalation]
    without = replace(made.policy, escalation=tuple(pairs) if escalation is None else escalation)
    found = replace(made, policy=without)
    assert as_certified(found) is found
