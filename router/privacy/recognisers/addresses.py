"""Postal addresses: a street with its number, a box, a place with its code. A city is none."""

from __future__ import annotations

from router.privacy.recognisers import address_fields, streets
from router.privacy.recognisers.pattern import Pattern

PATTERNS: tuple[Pattern, ...] = (*streets.PATTERNS, *address_fields.PATTERNS)
