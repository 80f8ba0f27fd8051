"""A registry that is mirrored in tests: two versions of a model that runs here, and one outside."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from router.domain import Capability, DataClass, Dialect, Location, ModelSpec, Price
from router.registry.card import Lifecycle, LifecycleState, ModelCard
from router.registry.registry import (
    HttpBackend,
    RegisteredModel,
    Registry,
    VllmBackend,
    WeightsDirectory,
)

FIRST = "sha256:" + "1" * 64
SECOND = "sha256:" + "2" * 64
POLICY_DIGEST = "sha256:" + "a" * 64

_SPEC = ModelSpec(
    id="clinic",
    version="1",
    dialect=Dialect.OPENAI,
    location=Location.ON_PREM,
    approved=frozenset(DataClass),
    residency=frozenset({"on-prem"}),
    capabilities=frozenset({Capability.CHAT}),
    context_tokens=2048,
    price=Price(0.0, 0.0),
    upstream_model="clinic@1",
    origin=None,
)
_ENGINE = VllmBackend(WeightsDirectory(Path("weights")), 1, 1, {})
_OUTSIDE = HttpBackend("openai", "openai", "https://api.example/v1", "web", None, None, ())


def changed(registry: Registry, key: str, **changes: Any) -> Registry:
    """With other fields in the spec of one model."""
    entry = registry.entries[key]
    spec = replace(entry.spec, **changes)
    return replace(registry, entries={**registry.entries, key: replace(entry, spec=spec)})


def in_state(registry: Registry, key: str, state: LifecycleState) -> Registry:
    entry = registry.entries[key]
    card = replace(entry.card, lifecycle=Lifecycle(state))
    return replace(registry, entries={**registry.entries, key: replace(entry, card=card)})


def without(registry: Registry, key: str) -> Registry:
    return replace(registry, entries={k: v for k, v in registry.entries.items() if k != key})


def small_registry() -> Registry:
    card = ModelCard(owner="radiology", licence="Apache-2.0")
    entries = [
        RegisteredModel(replace(_SPEC, weights_digest=FIRST), _ENGINE, card),
        RegisteredModel(
            replace(_SPEC, version="2", upstream_model="clinic@2", weights_digest=SECOND),
            _ENGINE,
            replace(card, lifecycle=Lifecycle(LifecycleState.CANDIDATE)),
        ),
        RegisteredModel(
            replace(
                _SPEC,
                id="web",
                location=Location.EXTERNAL,
                approved=frozenset({DataClass.PUBLIC}),
                residency=frozenset({"us", "eu"}),
            ),
            _OUTSIDE,
        ),
    ]
    return Registry(
        entries={entry.spec.key: entry for entry in entries},
        aliases={"clinic": "clinic@1", "web": "web@1"},
        candidates={"clinic": "clinic@2"},
    )
