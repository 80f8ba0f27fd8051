"""Which requests of a champion's its canary takes."""

from __future__ import annotations

import hashlib

from router.registry.card import LifecycleState
from router.registry.registry import Registry

_RANGE = 1 << 64


def canary_of(registry: Registry, model_id: str) -> str | None:
    """The key of the canary beside the champion of an id, None where there is none."""
    key = registry.candidates.get(model_id)
    if key is None or model_id not in registry.aliases:
        return None
    state = registry.entries[key].card.lifecycle.state
    return key if state is LifecycleState.CANARY else None


def canary_version(registry: Registry, model_id: str, request_id: str) -> str:
    """The key that a bare id means for one request: its champion, or for a share its canary.

    The same request is always drawn alike, on every replica, and other requests for other canaries.
    Raises KeyError for an id that has no champion. Whoever asks still has to see whether the
    canary is permitted on the day (I3): its certifications expire on days of their own.
    """
    champion = registry.aliases[model_id]
    canary = canary_of(registry, model_id)
    if canary is None:
        return champion
    drawn = hashlib.sha256(f"{canary} {request_id}".encode()).digest()
    share = registry.entries[canary].card.lifecycle.canary_share
    return canary if int.from_bytes(drawn[:8]) < share * _RANGE else champion


def champion_of(registry: Registry, key: str) -> str:
    """The champion in whose place a model answers: for a canary that one, for others themselves.

    A canary is in the tiers of its champion.
    """
    model_id = registry.entries[key].spec.id
    return registry.aliases[model_id] if canary_of(registry, model_id) == key else key
