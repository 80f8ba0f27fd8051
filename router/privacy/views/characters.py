"""What one character reads as."""

from __future__ import annotations

import unicodedata
from functools import lru_cache

MARK = "\ufdd0"
"""Stands for a combining mark: it joins the character before it, or goes. (A noncharacter, so that
no character folds to it.)"""

_MARKS = (
    range(0x300, 0x370),
    range(0x1AB0, 0x1B00),
    range(0x1DC0, 0x1E00),
    range(0x20D0, 0x2100),
    range(0xFE20, 0xFE30),
)
_INVISIBLE = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u3164\uffa0\ufffd") | frozenset(
    chr(code)
    for codes in (range(0x180B, 0x1810), range(0xFE00, 0xFE10), range(0xE0100, 0xE01F0))
    for code in codes
)
_DASHES = frozenset("\u02d7\u2043\u207b\u208b\u2212\u2796\u2cba\u2500\u2501")
_NAMED = {
    **dict.fromkeys("‘’‚‛ʼʹ′`´", "'"),
    **dict.fromkeys("“”„‟″", '"'),
    **dict.fromkeys("⁄∕", "/"),
    **dict.fromkeys("꞉∶", ":"),
    "\u3002": ".",
    "\uff61": ".",
    "\u066b": ".",
    "\u066c": ",",
    "\u2800": " ",
    "\u2028": "\n",
    "\u2029": "\n",
    "\x85": "\n",
    **dict.fromkeys("\x1c\x1d\x1e\x1f", " "),
}
_LETTER_BLOCKS = (range(0x1F150, 0x1F16A), range(0x1F170, 0x1F18A), range(0x1F1E6, 0x1F200))
_SMALL_CAPITAL = "LATIN LETTER SMALL CAPITAL "
_LATIN_LOOKALIKES = {
    **dict(zip("ɑɡɩıſƒʋⱱꜱꞮɦʝɓɗɾʂʐɱɳɲƙƥƭ", "agiisfvvsIhjbdrszmnnkpt", strict=True)),
}


@lru_cache(maxsize=1 << 16)
def folded(character: str) -> str:
    """What `character` reads as: itself, another character, several, none, or `MARK`."""
    if " " <= character <= "~":
        return character
    if character in "\t\n\r\x0b\x0c":
        return character
    code = ord(character)
    category = unicodedata.category(character)
    if character in _NAMED:
        return _NAMED[character]
    if (
        category in {"Cf", "Cs", "Co", "Cc"}
        or character in _INVISIBLE
        or code & 0xFFFE == 0xFFFE
        or 0xFDD0 <= code < 0xFDF0
    ):
        return ""
    if category[0] == "M":
        return MARK if any(code in marks for marks in _MARKS) else character
    if category == "Zs":
        return " "
    if category == "Pd" or character in _DASHES:
        return "-"
    if category[0] == "N" or category == "So":
        return _number_or_sign(character, code)
    if character in _LATIN_LOOKALIKES:
        return _LATIN_LOOKALIKES[character]
    name = unicodedata.name(character, "")
    if name.startswith(_SMALL_CAPITAL) and len(name) == len(_SMALL_CAPITAL) + 1:
        return name[-1].lower()
    return _compatible(character)


def _number_or_sign(character: str, code: int) -> str:
    digit = unicodedata.digit(character, None)
    if digit is not None:
        return str(digit)
    number = unicodedata.numeric(character, None)
    if number is not None:
        if number != int(number) or unicodedata.category(character) != "No":
            return character if number != int(number) else _compatible(character)
        return str(int(number)) if 10 <= number <= 50 else _compatible(character)
    for block in _LETTER_BLOCKS:
        if code in block:
            return chr(ord("A") + code - block.start)
    return _compatible(character)


def _compatible(character: str) -> str:
    """NFKC; brackets around a single letter go, and what NFKC makes is folded too."""
    plain = unicodedata.normalize("NFKC", character)
    if plain == character or plain[0] == " ":  # a spacing accent, taken apart
        return character
    if len(plain) == 3 and plain[0] == "(" and plain[2] == ")":
        plain = plain[1]
    return "".join(part if folded(part) == MARK else folded(part) for part in plain)
