"""Which model somebody means who names a tier or a model."""

from __future__ import annotations

from router.domain import Tier
from router.policy.policy import Rules
from router.registry.registry import RegisteredModel, VllmBackend


def engine_of(entry: RegisteredModel) -> VllmBackend | None:
    return entry.backend if isinstance(entry.backend, VllmBackend) else None


def key_of(name: str, rules: Rules) -> str:
    """The key of what a tier that has one engine, an id or a key means. Raises ValueError."""
    registry = rules.registry.without_retired()
    if name in {tier.value for tier in Tier}:
        keys = [key for key in rules.policy.tiers.get(Tier(name), ()) if key in registry.entries]
        engines = [key for key in keys if engine_of(registry.entries[key]) is not None]
        if len(engines) != 1:
            listed = ", ".join(engines) or "none"
            raise ValueError(f"the tier {name} has not one engine but {listed}: name a model")
        return engines[0]
    spec = registry.resolve(name)
    if spec is None:
        raise ValueError(f"no model is called {name}; there are {', '.join(registry.entries)}")
    return spec.key


def engine_key_of(name: str, rules: Rules) -> str:
    """As `key_of`, for engines alone."""
    key, entries = key_of(name, rules), rules.registry.entries
    if engine_of(entries[key]) is None:
        raise ValueError(f"{key} is reached over HTTP, and has no replicas here")
    return key
