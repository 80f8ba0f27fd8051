"""What an answer's log-probabilities come to, by the names that the cascade has for it."""

from __future__ import annotations

from collections.abc import Mapping
from math import fsum, isfinite
from typing import Any

from router.escalation.signals.names import Signal


def signals_of(logprobs: Mapping[str, Any] | None) -> dict[str, float]:
    """In nats; nothing where the engine said nothing, or something that is no number."""
    tokens = (logprobs or {}).get("content") or []
    values = [float(token["logprob"]) for token in tokens]
    if not values or not all(map(isfinite, values)):
        return {}
    return {
        Signal.MEAN_LOGPROB.value: fsum(values) / len(values),
        Signal.MIN_LOGPROB.value: min(values),
    }
