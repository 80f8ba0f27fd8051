"""Which requests of a champion's are asked of its shadow, too."""

from __future__ import annotations

import hashlib

from router.registry.card import LifecycleState
from router.registry.registry import Registry

_RANGE = 1 << 64


def shadow_drawn(registry: Registry, champion: str, request_id: str) -> str | None:
    """The key of the shadow that gets a copy of a request that `champion`, a key, has answered.

    None where there is none, and for the requests that are not of its share. The same request is
    always drawn alike. Whether the shadow may see it is another question (`router/trials/may.py`).
    """
    model_id = registry.entries[champion].spec.id
    key = registry.candidates.get(model_id)
    if key is None or registry.aliases.get(model_id) != champion:
        return None
    lifecycle = registry.entries[key].card.lifecycle
    if lifecycle.state is not LifecycleState.SHADOW or not lifecycle.shadow_share:
        return None
    drawn = hashlib.sha256(f"shadow {key} {request_id}".encode()).digest()
    return key if int.from_bytes(drawn[:8]) < lifecycle.shadow_share * _RANGE else None
