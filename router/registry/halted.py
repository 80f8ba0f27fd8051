"""Canaries that were halted: permitted for nothing, until somebody resumes them. Pure.

Their champion takes what they would have been drawn for. The file says what it said: a halt is no
move, and ends without one.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from router.registry.canary import canary_of
from router.registry.registry import RegisteredModel, Registry

HALTED = "halted"


def without_halted(registry: Registry, halted: Collection[str]) -> Registry:
    """The registry with those of its canaries that are `halted`, by key, out of service.

    What is no canary any more, for having been moved since, is not touched.
    """
    out = {
        key: _out_of_service(registry.entries[key])
        for key in halted
        if key in registry.entries and canary_of(registry, registry.entries[key].spec.id) == key
    }
    return replace(registry, entries={**registry.entries, **out}) if out else registry


def _out_of_service(entry: RegisteredModel) -> RegisteredModel:
    spec = entry.spec
    narrowed = dict.fromkeys(spec.approved, HALTED) | dict(entry.narrowed)
    return replace(entry, spec=replace(spec, approved=frozenset()), narrowed=narrowed)
