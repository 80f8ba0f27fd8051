"""Whether what the model takes for a number, an address or a place has the shape of one. Pure.

Numbers that can be checked are another layer's. The model alone is believed only where it is sure,
and where there are digits enough.
"""

from __future__ import annotations

import re

from serving.detection.neural import plausible
from serving.detection.neural.labels import LOCATION, POSTAL_ADDRESS
from serving.detection.neural.spans import Span

_IMPOSSIBLE = -12.0
_IN_CODE = -4.0
_UNSURE = -1.5

# Fewest and most digits, and the most letters.
_DIGITS = {
    "PHONE_NUMBER": (7, 15, 4),
    "TAX_ID": (6, 15, 5),
    "BANK_ACCOUNT": (5, 34, 6),
    "NATIONAL_ID": (5, 20, 8),
    "PASSPORT": (5, 12, 4),
    "DRIVER_LICENSE": (4, 20, 8),
}
_HEXADECIMAL = re.compile(r"0[xX][0-9a-fA-F]+|(?=[^\s]*[a-f])[0-9a-f]{8,}")
_DATE_OR_VERSION = re.compile(r"\d{4}[-/.]\d{1,2}[-/.]\d{1,2}(?:[T ].*)?|v?\d+(?:\.\d+){1,3}")
_ADDRESS_SIGN = re.compile(r"@|\bat\b|\(at\)|\[at\]", re.IGNORECASE)
_LETTERS = re.compile(r"[^\W\d_]{3}")
_NUMBER_BEFORE = re.compile(r"\d[\w/-]*[ ,]{1,2}\Z")
_NUMBER_AFTER = re.compile(r"[ ,]{1,2}\d")


def evidence(text: str, span: Span) -> float:
    """Log-odds to add to the model's. Very negative where the shape rules the type out."""
    words = text[span.start : span.end]
    code = _IN_CODE if plausible.in_code(text, span.start, span.end) else 0.0
    if span.entity_type in _DIGITS:
        return _UNSURE + code if _has_digits(words, *_DIGITS[span.entity_type]) else _IMPOSSIBLE
    if span.entity_type == "EMAIL_ADDRESS":
        return 0.0 if _ADDRESS_SIGN.search(words) else _IMPOSSIBLE
    if span.entity_type == "URL":
        return 0.0 if "." in words else _IMPOSSIBLE
    if span.entity_type == POSTAL_ADDRESS:
        return _street(text, span) + code
    if span.entity_type == LOCATION:
        return code
    return _IMPOSSIBLE


def _has_digits(words: str, fewest: int, most: int, most_letters: int) -> bool:
    digits = sum(character.isdigit() for character in words)
    letters = sum(character.isalpha() for character in words)
    if _HEXADECIMAL.fullmatch(words) or _DATE_OR_VERSION.fullmatch(words):
        return False
    return fewest <= digits <= most and letters <= most_letters


def _street(text: str, span: Span) -> float:
    """A street without a number, in it or right beside it, is seldom somebody's address."""
    words = text[span.start : span.end]
    if not _LETTERS.search(words):
        return _IMPOSSIBLE
    numbered = (
        any(character.isdigit() for character in words)
        or _NUMBER_BEFORE.search(text, max(0, span.start - 8), span.start)
        or _NUMBER_AFTER.match(text, span.end)
    )
    identifier = plausible.is_identifier(text, span.start, span.end)
    return 0.0 if numbered and not identifier else _IN_CODE
