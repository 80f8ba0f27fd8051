"""Which identity providers vouch for people, and what they may do."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PeopleRules:
    """Which identity providers vouch for people, and what they may do."""
