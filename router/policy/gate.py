"""`gate` in policy.yaml: what is wrong with it, and what it becomes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING

from pydantic import ValidationError

from router.config.validate import closest
from router.config.yaml_document import KeyPath, YamlDocument, parse_yaml
from router.domain import DataClass
from router.errors import ConfigError, ConfigProblem
from router.gate.rules import CriticalSlice, GateRules, GoldenFile
from router.policy.gate_schema import CriticalSliceEntry, GateSection

if TYPE_CHECKING:
    from router.policy.policy import RulesText
    from router.policy.schema import PolicyFile


def gate_rules(section: GateSection) -> GateRules:
    """The rules of a section that `check_gate` has nothing against."""
    return GateRules(
        required=section.required,
        margin=section.margin,
        max_age_days=section.max_age_days,
        critical_slices=tuple(map(_slice, section.critical_slices)),
        shipped_golden=section.shipped_misroutes,
        golden=tuple(GoldenFile(name, sha256) for name, sha256 in section.misroutes.items()),
        traffic=section.traffic,
    )


def gate_rules_of(text: RulesText) -> GateRules:
    """What rules that serve ask of a gate, read from this section alone, so that it holds for rules
    of another release, too. Where it cannot be read, a gate is required.
    """
    try:
        section = parse_yaml(text.policy, text.policy_file).data.get("gate", {})
        return gate_rules(GateSection.model_validate_json(json.dumps(section)))
    except (ConfigError, ValidationError):
        return GateRules(required=True)


def check_gate(file: PolicyFile, document: YamlDocument) -> Iterator[ConfigProblem]:
    """A slice has a name of its own, says what is in it, and names stakes that there are."""
    seen: set[str] = set()
    for number, entry in enumerate(file.gate.critical_slices):
        here: KeyPath = ("gate", "critical_slices", number)
        if entry.name in seen:
            yield document.problem(
                (*here, "name"), f"the slice {entry.name} is there twice", "give one another name"
            )
        seen.add(entry.name)
        if not entry.model_fields_set - {"name", "margin"}:
            yield document.problem(
                here,
                f"the slice {entry.name} does not say what is in it",
                "add one of task, suite, data_class, choice, stakes, team and purpose",
            )
        if entry.stakes is not None and entry.stakes not in file.stakes:
            near = closest(entry.stakes, file.stakes)
            yield document.problem(
                (*here, "stakes"),
                f"the slice {entry.name} names stakes that the policy does not have",
                f"write `{near}`" if near else "name one of those under `stakes`, or add it there",
            )


def _slice(entry: CriticalSliceEntry) -> CriticalSlice:
    label = entry.data_class
    return CriticalSlice(
        name=entry.name,
        task=entry.task,
        suite=entry.suite,
        data_class=None if label is None else DataClass.from_label(label),
        choice=entry.choice,
        stakes=entry.stakes,
        team=entry.team,
        purpose=entry.purpose,
        margin=entry.margin,
    )
