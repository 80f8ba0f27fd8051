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
_STREET_WORD = re.compile(
    r"\b(?:street|st|road|rd|avenue|ave|av|lane|ln|drive|dr|boulevard|blvd|bd|court|ct|place|pl"
    r"|square|sq|terrace|gardens|crescent|close|way|row|walk|mews|parkway|pkwy|highway|hwy|quay"
    r"|circle|trail|strasse|straße|str|weg|gasse|allee|platz|ufer|damm|ring|steig|rue|allée|allees"
    r"|chemin|cours|impasse|quai|route|calle|avenida|avda|plaza|paseo|camino|carrera|ronda|via"
    r"|viale|piazza|corso|largo|vicolo|rua|travessa|praça|praca|alameda|estrada|straat|laan|plein"
    r"|gracht|kade|dijk|apt|suite|flat|po box|p\.o\. box)\b"
    r"|\w{3,}(?:straße|strasse|str|weg|gasse|allee|platz|ufer|damm|ring|straat|laan|plein|gracht"
    r"|kade|dijk|dreef|singel|pad)\b",
    re.IGNORECASE,
)
_HOUSE = r"(?<![\w.#-])\d{1,5}(?:[ -]?[a-hA-H]|\s?(?:bis|ter))?(?:[-/]\d{1,4})?(?![\w-]|\.\d)"
_NUMBER = re.compile(_HOUSE)
_NAMED_STREET = re.compile(
    # A number beside a word in capitals; small words and hashes have no streets.
    rf"{_HOUSE},? [^\W\d_]{{0,12}}\s?[^\W\d_a-z][^\W\d_]{{2}}"
    rf"|[^\W\d_a-z][^\W\d_]{{2,}}\.?,? (?:n[.°º]{{0,2}} ?)?{_HOUSE}"
)
_HASH = re.compile(r"\b(?=[a-z]{0,40}\d)(?=\d{0,40}[a-z])[0-9a-f]{7,}\b|#\d")
_BESIDE = 8


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
    """A street needs a house number, and a word for a street or a name that the number touches."""
    words = text[span.start : span.end]
    if _HASH.search(words) or plausible.is_identifier(text, span.start, span.end):
        return _IMPOSSIBLE
    first = max(text.rfind("\n", 0, span.start) + 1, span.start - _BESIDE)
    around = text[first : span.end + _BESIDE].split("\n\n", maxsplit=1)[0]
    if not _NUMBER.search(around):
        return _IMPOSSIBLE
    if _STREET_WORD.search(words):
        return 0.0
    return _UNSURE if _NAMED_STREET.search(around) else _IMPOSSIBLE
