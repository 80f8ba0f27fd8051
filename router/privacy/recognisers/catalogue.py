"""All patterns, and what looks for them."""

from __future__ import annotations

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
from .gated import GatedMatcher
from .match import PatternMatcher
from .pattern import Match, Pattern

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

EVERYWHERE: tuple[Pattern, ...] = (
    *STRUCTURED,
    *credentials.PATTERNS,
    *addresses.PATTERNS,
    *birth.PATTERNS,
    *medical.PATTERNS,
    *special.FREE,
)

CATALOGUE: tuple[Pattern, ...] = (*EVERYWHERE, *special.SENTENCES)


class CatalogueMatcher:
    """Looks for all of the catalogue. Takes a second to build, and belongs to one process."""

    def __init__(self) -> None:
        self._everywhere = PatternMatcher(EVERYWHERE)
        self._sentences = GatedMatcher(special.TRIGGER, special.SENTENCES)

    def find(self, text: str, *, joined: bool = False) -> list[Match]:
        """As `PatternMatcher.find`."""
        found = self._everywhere.find(text, joined=joined)
        return found if joined else found + self._sentences.find(text)
