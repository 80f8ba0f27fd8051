"""Whether a shadow may see a request: by the same bars as if it answered. Pure (I3).

A version in shadow is permitted nothing, since it answers nobody. Here its state alone is set
aside. What the file approves, certifications and contracts of the day, residency, what was promised
to stay, and what the key and its team may: each stands as for a model in production, and in its
champion's tiers.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from router.domain import DataClass, InferenceRequest, ModelSpec, Principal
from router.policy.permit import (
    EXTERNAL_NOT_DECIDED,
    MODEL_NOT_ALLOWED,
    PRIVATE_ONLY,
    TIER_NOT_ALLOWED,
    class_bars,
    stays,
)
from router.policy.policy import Rules
from router.registry.card import Lifecycle
from router.registry.registry import Registry
from router.registry.validity import in_force


def as_if_answering(registry: Registry, key: str, day: date) -> ModelSpec:
    """A version with what it would be approved for on the day if it were in production."""
    entry = registry.entries[key]
    as_written = replace(
        entry,
        spec=replace(entry.spec, approved=entry.spec.approved | entry.narrowed.keys()),
        card=replace(entry.card, lifecycle=Lifecycle()),
        narrowed={},
    )
    return in_force(replace(registry, entries={key: as_written}), day).entries[key].spec


def bars(
    shadow: ModelSpec,
    champion: str,
    request: InferenceRequest,
    *,
    data_class: DataClass,
    principal: Principal,
    rules: Rules,
) -> tuple[str, ...]:
    """Why the request may not go to `shadow`, as `as_if_answering` has it; empty if it may.

    In the words of the permitted set.
    """
    found = list(class_bars(shadow, data_class, rules.policy))
    if shadow.is_external and stays(request, principal):
        found.append(PRIVATE_ONLY)
    if principal.models and shadow.id not in principal.models:
        found.append(MODEL_NOT_ALLOWED)
    if shadow.is_external and not rules.policy.may_use_external(principal):
        found.append(EXTERNAL_NOT_DECIDED)
    tiers = principal.tiers.intersection(rules.tiers_of(champion))
    if not tiers or (shadow.is_external and not tiers & rules.tables.tiers_outside):
        found.append(TIER_NOT_ALLOWED)
    return tuple(found)
