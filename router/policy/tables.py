"""What decisions look up in their rules, worked out once where rules are made. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from router.domain import ModelSpec, PlanStep, Tier
from router.policy.chains import chains
from router.registry.canary import canary_of, champion_of
from router.registry.registry import Registry

if TYPE_CHECKING:
    from router.policy.policy import Policy


@dataclass(frozen=True, slots=True)
class RuleTables:
    """By registry key, or by tier.

    `models` are all specifications in the registry's order; `tiers_of` the tiers that name a model
    or its champion, in their order; `steps` what a tier names, with its keys; `tiers_outside` those
    tiers that have an external model; `canaries` the canary beside a champion; `stand_ins` all that
    stands in for a model, nearest first. Stakes are named by the teams and the purposes that have
    them without saying so; `stakes_places` are their places in the policy.
    """

    models: Mapping[str, ModelSpec]
    tiers_of: Mapping[str, tuple[Tier, ...]]
    steps: Mapping[Tier, tuple[tuple[str, PlanStep], ...]]
    tiers_outside: frozenset[Tier]
    canaries: Mapping[str, str]
    stand_ins: Mapping[str, tuple[str, ...]]
    stakes_of_team: Mapping[str, frozenset[str]]
    stakes_of_purpose: Mapping[str, frozenset[str]]
    stakes_places: Mapping[str, int]


def rule_tables(registry: Registry, policy: Policy) -> RuleTables:
    models = {key: entry.spec for key, entry in registry.entries.items()}
    named: dict[str, list[Tier]] = {}
    for tier, keys in policy.tiers.items():
        for key in keys:
            named.setdefault(key, []).append(tier)
    tiers_of: dict[str, tuple[Tier, ...]] = {}
    for key in models:
        both = {*named.get(key, ()), *named.get(champion_of(registry, key), ())}
        tiers_of[key] = tuple(tier for tier in policy.tiers if tier in both)
    steps = {
        tier: tuple((key, PlanStep(models[key], tier)) for key in keys if key in models)
        for tier, keys in policy.tiers.items()
    }
    stakes = policy.stakes.values()
    return RuleTables(
        models=models,
        tiers_of=tiers_of,
        steps=steps,
        tiers_outside=frozenset(
            tier for tier, its in steps.items() if any(step.model.is_external for _, step in its)
        ),
        canaries={
            champion: canary
            for model_id, champion in registry.aliases.items()
            if (canary := canary_of(registry, model_id)) is not None
        },
        stand_ins={
            key: tuple(chain[-1] for chain in chains(policy.fallbacks, key))
            for key in policy.fallbacks
        },
        stakes_of_team=_by((rule.name, rule.teams) for rule in stakes),
        stakes_of_purpose=_by((rule.name, rule.purposes) for rule in stakes),
        stakes_places={name: place for place, name in enumerate(policy.stakes)},
    )


def _by(named: Iterable[tuple[str, frozenset[str]]]) -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    for name, askers in named:
        for asker in askers:
            found.setdefault(asker, set()).add(name)
    return {asker: frozenset(names) for asker, names in found.items()}
