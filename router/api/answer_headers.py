"""The `x-ringfence-…` headers: what happened to a request, on answers and on errors alike."""

from __future__ import annotations

from router.registry.deprecation import DEPRECATION_HEADER, deprecation_notice
from router.registry.registry import Registry
from router.trail import Trail

PREFIX = "x-ringfence-"


def headers_of(trail: Trail) -> dict[str, str]:
    """As far as the trail goes. Values are ids, codes and field names; never content."""
    headers = {"request-id": trail.request_id}
    if trail.classification is not None:
        headers["data-class"] = trail.classification.data_class.label
    if trail.decision is not None:
        headers["reasons"] = ",".join(trail.decision.reasons)
        headers["policy-digest"] = trail.decision.policy_digest
    if trail.step is not None:
        headers["model"] = trail.step.model.id
        headers["version"] = trail.step.model.version
        headers["tier"] = trail.step.tier or "none"
    if trail.escalation is not None:
        kept = "kept" if trail.escalation.kept else "escalated"
        headers["escalation"] = f"{kept};signal={trail.escalation.signal}"
    if trail.held:
        headers["held"] = "true"
    if trail.fallbacks:
        headers["fallbacks"] = ",".join(trail.fallbacks)
    if trail.dropped_fields:
        headers["dropped-fields"] = ",".join(trail.dropped_fields)
    return {PREFIX + name: _printable(value) for name, value in headers.items()}


def headers_of_answer(trail: Trail, registry: Registry) -> dict[str, str]:
    """Those of the trail, and the notice of a model that answers and is on its way out."""
    headers = headers_of(trail)
    if trail.step is not None:
        key = trail.step.model.key
        notice = deprecation_notice(key, registry.entries[key].card)
        if notice is not None:
            headers[DEPRECATION_HEADER] = notice
    return headers


def _printable(value: str) -> str:
    """Field names come from clients; a header has no room for what could end it."""
    kept = "".join(char if " " <= char <= "~" else "?" for char in value)
    return kept[:1024]
