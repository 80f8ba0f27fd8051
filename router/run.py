"""A request on its way: what it asks, for whom, and what is known of it so far."""

from __future__ import annotations

from dataclasses import dataclass

from router.audit.ledger import OpenRecord
from router.domain import InferenceRequest, Principal
from router.trail import Trail


@dataclass(frozen=True, slots=True)
class Run:
    request: InferenceRequest
    principal: Principal
    trail: Trail
    started_s: float
    opened: OpenRecord | None = None
    """None until the decision is durable."""
