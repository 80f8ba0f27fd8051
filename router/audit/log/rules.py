"""How often checkpoints are signed and where they are sent."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class AuditRules:
    """How often checkpoints are signed and where they are sent."""
