"""`capacity` in policy.yaml: what is wrong with it, and what it becomes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from router.config.validate import closest
from router.config.yaml_document import YamlDocument
from router.domain import DataClass, Tier
from router.errors import ConfigProblem
from router.load.rules import CapacityRules, LaneRules, ModelCapacity
from router.policy.capacity_schema import LaneEntry, ModelCapacityEntry
from router.registry.registry import RegisteredModel, Registry, VllmBackend

if TYPE_CHECKING:
    from router.policy.schema import PolicyFile

_NOTHING_SAID = ModelCapacityEntry()


def capacity_rules(file: PolicyFile, registry: Registry) -> CapacityRules:
    """The rules of a section that `check_capacity` has nothing against."""
    section, usual = file.capacity, CapacityRules()
    private = _private_ids(file, registry)
    models = {}
    for key, entry in registry.entries.items():
        said = section.models.get(key) or section.models.get(entry.spec.id, _NOTHING_SAID)
        share = section.reserved_for_private if entry.spec.id in private else 0.0
        if said.reserved_for_private is not None:
            share = said.reserved_for_private
        capacity = _capacity(entry, said.concurrent, share)
        if capacity is not None:
            models[key] = capacity
    return CapacityRules(
        must_stay_from=DataClass.from_label(section.must_stay_from),
        must_stay=_lane(section.must_stay, usual.must_stay),
        others=_lane(section.others, usual.others),
        before_next_s=section.before_next_s,
        headroom=section.headroom_for_other_teams,
        gateways=section.gateways,
        weights=dict(section.weights),
        models=models,
    )


def check_capacity(
    file: PolicyFile, document: YamlDocument, registry: Registry
) -> Iterator[ConfigProblem]:
    """The section may only name models that the registry has, and reserve what there is."""
    versions: dict[str, list[RegisteredModel]] = {}
    for key, entry in registry.entries.items():
        versions.setdefault(entry.spec.id, []).append(entry)
        versions[key] = [entry]
    for name, said in file.capacity.models.items():
        here = ("capacity", "models", name)
        if name not in versions:
            near = closest(name, versions)
            hint = f"write `{near}`" if near else f"name one of: {', '.join(versions)}"
            yield document.problem(
                here,
                f"capacity names {name}, which the registry does not have",
                f"{hint}, or add it to models.yaml",
            )
        elif said.reserved_for_private and any(each.spec.is_external for each in versions[name]):
            yield document.problem(
                (*here, "reserved_for_private"),
                f"{name} is outside: nothing that must stay goes there",
                "remove it here, and reserve places at a model on-prem",
            )
        elif said.reserved_for_private and any(
            _capacity(each, said.concurrent, 0.0) is None for each in versions[name]
        ):
            yield document.problem(
                (*here, "reserved_for_private"),
                f"a share of {name} is reserved, and nobody said how many places it has",
                "add `concurrent`: how many requests each gateway may have there at once",
            )


def _private_ids(file: PolicyFile, registry: Registry) -> frozenset[str]:
    """Every version of what the tier private names: a canary stands in for its champion."""
    models = (registry.resolve(name) for name in file.tiers.get(Tier.PRIVATE, []))
    return frozenset(model.id for model in models if model is not None)


def _capacity(
    entry: RegisteredModel, concurrent: int | None, reserved: float
) -> ModelCapacity | None:
    """None for what has no limit: a server that is reached over HTTP has one if the policy says."""
    backend = entry.backend
    if isinstance(backend, VllmBackend):
        return ModelCapacity(concurrent, backend.max_ongoing_requests, backend.replicas, reserved)
    return None if concurrent is None else ModelCapacity(concurrent, reserved=reserved)


def _lane(entry: LaneEntry, usual: LaneRules) -> LaneRules:
    return LaneRules(
        usual.max_wait_s if entry.max_wait_s is None else entry.max_wait_s,
        usual.max_waiting if entry.max_waiting is None else entry.max_waiting,
    )
