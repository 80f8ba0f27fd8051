"""`stakes` in policy.yaml: what is wrong with it, and what it becomes."""

from __future__ import annotations

from collections.abc import Iterator

from router.config.yaml_document import KeyPath, YamlDocument
from router.domain import DataClass
from router.errors import ConfigProblem
from router.policy.once import check_once
from router.policy.policy import StakesRule
from router.policy.schema import PolicyFile


def stakes_rules(file: PolicyFile) -> dict[str, StakesRule]:
    return {
        name: StakesRule(
            name=name,
            teams=frozenset(entry.applies_to.teams),
            purposes=frozenset(entry.applies_to.purposes),
            prefer={
                DataClass.from_label(label): tuple(tiers) for label, tiers in entry.prefer.items()
            },
        )
        for name, entry in file.stakes.items()
    }


def check_stakes(file: PolicyFile, document: YamlDocument) -> Iterator[ConfigProblem]:
    """Stakes prefer tiers that are there; where those may not be tried is for the proof."""
    for name, entry in file.stakes.items():
        here: KeyPath = ("stakes", name)
        for key in ("teams", "purposes"):
            yield from check_once(
                getattr(entry.applies_to, key), (*here, "applies_to", key), document
            )
        told: set[str] = set()
        for label, tiers in entry.prefer.items():
            at: KeyPath = (*here, "prefer", label)
            yield from check_once([tier.value for tier in tiers], at, document)
            for tier in tiers:
                if tier in told or file.tiers.get(tier):
                    continue
                told.add(tier)
                yield document.problem(
                    at,
                    f"{name} prefers the tier {tier}, which has no models",
                    f"add models to tiers.{tier}, or take it out",
                )
