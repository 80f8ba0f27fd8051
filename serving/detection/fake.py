"""A detector that is not one: a few patterns, in-process, for simulations and tests.

It finds no names, no addresses and no phone numbers, and its version says so in every record.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from router.domain import Finding, Segment
from router.protocols import Settling

MARKER = "ringfence-fake-secret"
"""Text that is found as `FAKE_SECRET`, a type that no policy names: restricted."""

# Every repetition is bounded, so that the time is linear in the text.
_PATTERNS = {
    "EMAIL_ADDRESS": re.compile(r"[\w.%+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}"),
    "US_SSN": re.compile(r"\b\d{3}-\d{2}-\d{4}\b"),
    "CREDIT_CARD": re.compile(r"(?<!\d)\d(?:[ -]?\d){12,18}(?!\d)"),
    "FAKE_SECRET": re.compile(re.escape(MARKER)),
}
_LUHN_DOUBLED = (0, 2, 4, 6, 8, 1, 3, 5, 7, 9)


class FakePatternDetector:
    """A Detector. Never fails and never waits."""

    @property
    def version(self) -> str:
        return "fake-patterns/1 (not for production)"

    async def detect(
        self, segments: Sequence[Segment], settling: Settling | None = None
    ) -> tuple[Finding, ...]:
        return tuple(
            finding
            for number, segment in enumerate(segments)
            for finding in _find(number, segment.text)
        )


def _find(number: int, text: str) -> Iterator[Finding]:
    for entity_type, pattern in _PATTERNS.items():
        for match in pattern.finditer(text):
            if entity_type != "CREDIT_CARD" or _passes_luhn(match.group()):
                yield Finding(entity_type, number, match.start(), match.end(), score=1.0)


def _passes_luhn(text: str) -> bool:
    digits = [int(character) for character in text if character.isdigit()]
    odd, even = digits[-1::-2], digits[-2::-2]
    return (sum(odd) + sum(_LUHN_DOUBLED[digit] for digit in even)) % 10 == 0
