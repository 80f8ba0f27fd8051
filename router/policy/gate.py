"""`gate` in policy.yaml: what is wrong with it, and what it becomes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from router.config.validate import closest
from router.config.yaml_document import KeyPath, YamlDocument
from router.domain import DataClass
from router.errors import ConfigProblem
from router.gate.rules import CriticalSlice, GateRules
from router.policy.gate_schema import CriticalSliceEntry, GateSection

if TYPE_CHECKING:
    from router.policy.schema import PolicyFile


def gate_rules(section: GateSection) -> GateRules:
    """The rules of a section that `check_gate` has nothing against."""
    return GateRules(
        required=section.required,
        margin=section.margin,
        max_age_days=section.max_age_days,
        critical_slices=tuple(map(_slice, section.critical_slices)),
    )


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
        if not entry.model_fields_set - {"name"}:
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
    )
