"""Requests and tokens per minute, and money per day and month."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class LimitRules:
    """Requests and tokens per minute, and money per day and month."""
