"""What a drill changes: models that are gone, and prices. As data; no file is touched."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from router.domain import DataClass, Price
from router.policy.policy import Rules
from router.registry.registry import HttpBackend, RegisteredModel, Registry

GONE = "gone"
"""Why such a model may be sent nothing."""

_FACTOR = re.compile(r"[x\u00d7*](\d+(?:\.\d+)?)")
_PER_MTOK = re.compile(r"(\d+(?:\.\d+)?)/(\d+(?:\.\d+)?)")
_MOST = 1_000_000.0


@dataclass(frozen=True, slots=True)
class Change:
    """`gone` are registry keys; `prices` are the new ones, by registry key."""

    gone: frozenset[str] = frozenset()
    prices: Mapping[str, Price] = field(default_factory=dict)


def provider_of(entry: RegisteredModel) -> str | None:
    """None for a model that our own engine runs."""
    return entry.backend.provider if isinstance(entry.backend, HttpBackend) else None


def models_of_provider(registry: Registry, provider: str) -> frozenset[str]:
    """Raises ValueError, naming those there are, for a provider without a model."""
    found = frozenset(
        key for key, entry in registry.entries.items() if provider_of(entry) == provider
    )
    if not found:
        known = {provider_of(entry) for entry in registry.entries.values()} - {None}
        raise ValueError(f"no model is of that provider: {', '.join(sorted(map(str, known)))}")
    return found


def models_named(registry: Registry, name: str) -> frozenset[str]:
    """Every version of a bare id, or the one that is meant. Raises ValueError for no model."""
    versions = frozenset(key for key, entry in registry.entries.items() if entry.spec.id == name)
    named = registry.resolve(name)
    found = versions or (frozenset() if named is None else frozenset({named.key}))
    if not found:
        raise ValueError(f"no model has that name: {', '.join(sorted(registry.aliases))}")
    return found


def new_prices(registry: Registry, said: str) -> dict[str, Price]:
    """Of `MODEL=x2`, or `MODEL=IN/OUT` in US dollars per million tokens.

    Raises ValueError, with the cure, for what is neither.
    """
    name, _, price = said.rpartition("=")
    factor = _FACTOR.fullmatch(price.strip())
    read = factor or _PER_MTOK.fullmatch(price.strip())
    if not name or read is None:
        raise ValueError("write a price as MODEL=x2, or MODEL=0.50/1.50 for a million tokens")
    figures = [float(each) for each in read.groups()]
    if max(figures) > _MOST:
        raise ValueError(f"no price is more than {_MOST:,.0f}, nor that many times what it was")
    prices = {}
    for key in models_named(registry, name.strip()):
        was = registry.entries[key].spec.price
        if factor is None:
            prices[key] = Price(*figures)
        else:
            times = figures[0]
            prices[key] = Price(was.input_usd_per_mtok * times, was.output_usd_per_mtok * times)
    return prices


def changed(rules: Rules, change: Change) -> Rules:
    """The same policy over a registry in which what is gone may be sent nothing.

    It stays in the plans' tables, and so what stands in for it does stand in.
    """
    entries = dict(rules.registry.entries)
    for key in change.gone:
        entries[key] = _gone(entries[key])
    for key, price in change.prices.items():
        entry = entries[key]
        entries[key] = replace(entry, spec=replace(entry.spec, price=price))
    return replace(rules, registry=replace(rules.registry, entries=entries))


def _gone(entry: RegisteredModel) -> RegisteredModel:
    return replace(
        entry,
        spec=replace(entry.spec, approved=frozenset()),
        narrowed={**entry.narrowed, **dict.fromkeys(DataClass, GONE)},
    )
