"""Rules that draw no request for a canary: for what is asked of kinds of requests."""

from __future__ import annotations

from dataclasses import replace

from router.policy.policy import Rules
from router.registry.registry import RegisteredModel


def undrawn(rules: Rules) -> Rules:
    """The same rules with shares of nothing. Canaries stay what they are, and can be named."""
    entries = {key: _shareless(entry) for key, entry in rules.registry.entries.items()}
    return replace(rules, registry=replace(rules.registry, entries=entries))


def _shareless(entry: RegisteredModel) -> RegisteredModel:
    card = entry.card
    if not card.lifecycle.canary_share:
        return entry
    lifecycle = replace(card.lifecycle, canary_share=0.0)
    return replace(entry, card=replace(card, lifecycle=lifecycle))
