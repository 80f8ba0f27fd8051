"""Whether bytes are text."""

from __future__ import annotations

import unicodedata
from collections import Counter

_PRINTABLE = bytes(code in {9, 10, 13} or 0x20 <= code < 0x7F for code in range(256))
"""1 for what plain text is made of."""
_NOT_TEXT = bytes(code for code in range(256) if not _PRINTABLE[code])
_SHORT = 24
_UTF_16_SHARE = 0.4


def as_text(raw: bytes) -> str | None:
    """`raw` as text, or None where it is none: UTF-8 or UTF-16, nearly all of it printable.

    Random bytes are valid printable text of 6 bytes one time in 400, of 9 one in 8,000.
    """
    if len(raw) < 4:
        return None
    plain = len(raw.translate(None, _NOT_TEXT))
    if plain == len(raw):
        return raw.decode("ascii")
    nul = raw.count(0)
    if nul:
        likely = _UTF_16_SHARE * len(raw) <= nul <= 0.6 * len(raw)
        return _utf_16(raw) if likely or raw[:2] in _MARKS else None
    if raw[:2] in _MARKS:
        return _utf_16(raw)
    try:
        text = raw.decode()
    except UnicodeDecodeError as error:
        if error.start < len(raw) - 3 or error.start < _SHORT:
            return _mostly_ascii(raw, plain)
        text = raw[: error.start].decode()  # cut within a character
    if len(text) < _SHORT and plain < len(text) // 2 and len(raw) < 9:
        return None
    return text if _is_legible(text) else None


_MARKS = (b"\xff\xfe", b"\xfe\xff")


def _mostly_ascii(raw: bytes, plain: int) -> str | None:
    """Text in a Latin codepage, or with a few bytes of damage."""
    if len(raw) >= _SHORT and plain * 10 >= len(raw) * 9:
        return raw.decode("latin-1")
    return None


def _utf_16(raw: bytes) -> str | None:
    even = raw[: len(raw) & ~1]
    big = even[:2] == b"\xfe\xff" or (
        even[:2] != b"\xff\xfe" and even[::2].count(0) > len(even) / 4
    )
    try:
        text = even.decode("utf-16-be" if big else "utf-16-le").lstrip("\ufeff")
    except UnicodeDecodeError:
        return None
    return text if _is_legible(text) else None


def _is_legible(text: str) -> bool:
    """Invisible characters are a disguise, not damage."""
    damage = sum(
        number
        for character, number in Counter(text).items()
        if unicodedata.category(character) in {"Cc", "Cn", "Co", "Cs"} and character not in "\t\n\r"
    )
    return damage * 20 <= len(text)
