"""Tiers and routes that lead to nothing but versions that answer nobody."""

from __future__ import annotations

from collections.abc import Iterator

from router.config.yaml_document import YamlDocument
from router.domain import DataClass, Tier
from router.errors import ConfigProblem
from router.policy.policy import CHOICES, Rules
from router.policy.prove import route_path


def lint_lifecycle(rules: Rules, document: YamlDocument) -> Iterator[ConfigProblem]:
    """Candidates, versions in shadow and retired ones: whoever is led to them alone is refused."""
    policy = rules.policy
    for tier in Tier:
        if policy.tiers[tier] and not _answers(rules, tier):
            yield document.problem(
                ("tiers", tier.value),
                f"no model of the tier {tier} answers clients: {_states(rules, tier)}",
                "name a version that is in production, or promote one: ringfence models promote",
            )
    seen = set()
    for data_class in DataClass:
        for choice in CHOICES:
            tiers = policy.routes[data_class][choice]
            path = route_path(document, data_class, choice)
            if path in seen or any(_answers(rules, tier) for tier in tiers):
                continue
            seen.add(path)
            yield document.problem(
                path,
                f"class {data_class.label}, choice {choice} leads to no model that answers clients",
                "route it to a tier that has one",
            )


def _answers(rules: Rules, tier: Tier) -> bool:
    entries = rules.registry.entries
    return any(
        entries[key].card.lifecycle.state.answers_clients for key in rules.policy.tiers[tier]
    )


def _states(rules: Rules, tier: Tier) -> str:
    entries = rules.registry.entries
    return ", ".join(
        f"{key} is {entries[key].card.lifecycle.state}" for key in rules.policy.tiers[tier]
    )
