"""All patterns, and the digest that says which they were."""

from __future__ import annotations

from hashlib import sha256

from . import (
    addresses,
    banking,
    birth,
    cards,
    credentials,
    crypto,
    documents,
    iban,
    medical,
    national_americas,
    national_asia_pacific,
    national_british_isles,
    national_east_europe,
    national_north_europe,
    national_west_europe,
    online,
    phones,
    special,
    tax,
    vehicles,
)
from .pattern import Pattern

STRUCTURED: tuple[Pattern, ...] = (
    *cards.PATTERNS,
    *iban.PATTERNS,
    *banking.PATTERNS,
    *tax.PATTERNS,
    *documents.PATTERNS,
    *national_americas.PATTERNS,
    *national_british_isles.PATTERNS,
    *national_west_europe.PATTERNS,
    *national_north_europe.PATTERNS,
    *national_east_europe.PATTERNS,
    *national_asia_pacific.PATTERNS,
    *phones.PATTERNS,
    *online.PATTERNS,
    *crypto.PATTERNS,
    *vehicles.PATTERNS,
)
"""Numbers and addresses that have a form or a check."""

CATALOGUE: tuple[Pattern, ...] = (
    *STRUCTURED,
    *credentials.PATTERNS,
    *addresses.PATTERNS,
    *birth.PATTERNS,
    *medical.PATTERNS,
    *special.PATTERNS,
)


def catalogue_digest(patterns: tuple[Pattern, ...] = CATALOGUE) -> str:
    """sha256 over the data; a validator is told by its name, so its code is not part of it."""
    digest = sha256()
    for pattern in patterns:
        check = pattern.validate
        checked_by = f"{check.__module__}.{check.__qualname__}" if check is not None else ""
        fields = (
            pattern.name, pattern.entity_type, pattern.regex, pattern.score, checked_by,
            pattern.context, pattern.context_characters, pattern.score_alone, pattern.joins,
            pattern.boundaries, pattern.isolated,
        )  # fmt: skip
        digest.update(repr(fields).encode())
    return digest.hexdigest()
