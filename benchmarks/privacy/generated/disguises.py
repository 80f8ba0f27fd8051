"""Ways to write a thing so that people and models still read it, and patterns do not."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Mapping, Sequence
from urllib.parse import quote

_FULLWIDTH = {ord(str(digit)): 0xFF10 + digit for digit in range(10)}
_ARABIC_INDIC = {ord(str(digit)): 0x0660 + digit for digit in range(10)}
_HOMOGLYPHS = str.maketrans("aceiopsxyABCEHIKMOPTX", "асеіорѕхуАВСЕНІКМОРТХ")
_DASHES = ("\u2010", "\u2011", "\u2012", "\u2013", "\u2014", "\u2212", "\ufe63")


def fullwidth(text: str) -> str:
    return text.translate(_FULLWIDTH)


def arabic_indic(text: str) -> str:
    return text.translate(_ARABIC_INDIC)


def zero_width(text: str) -> str:
    return "\u200b".join(text)


def soft_hyphens(text: str) -> str:
    return "\u00ad".join(text)


def homoglyphs(text: str) -> str:
    """Latin letters as the Cyrillic ones that look the same."""
    return text.translate(_HOMOGLYPHS)


def unusual_dashes(text: str) -> str:
    """Groups parted by one of seven dashes, the same throughout."""
    dash = _DASHES[len(text) % len(_DASHES)]
    parted = re.sub(r"[ -]", dash, text)
    return parted if parted != text else dash.join(re.findall(".{1,4}", text))


def spaced_out(text: str) -> str:
    return " ".join(text.replace(" ", "").replace("-", ""))


def dotted(text: str) -> str:
    return ".".join(re.sub(r"[ .-]", "", text))


def spelled(words: Sequence[str]) -> Callable[[str], str]:
    """Digits as words of a language, everything else dropped but letters."""

    def spell(text: str) -> str:
        return " ".join(words[int(c)] if c.isdecimal() else c for c in text if c.isalnum())

    return spell


def at_and_dot(text: str) -> str:
    return text.replace("@", " [at] ").replace(".", " [dot] ")


def in_base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def in_hex(text: str) -> str:
    return text.encode().hex()


def in_percent(text: str) -> str:
    """Everything escaped, not only what has to be."""
    return "".join(f"%{byte:02X}" for byte in text.encode())


def in_percent_where_needed(text: str) -> str:
    return quote(text, safe="")


def in_entities(text: str) -> str:
    return "".join(f"&#{ord(character)};" for character in text)


def in_unicode_escapes(text: str) -> str:
    return "".join(f"\\u{ord(character):04x}" for character in text)


ON_NUMBERS: Mapping[str, Callable[[str], str]] = {
    "fullwidth_digits": fullwidth,
    "arabic_indic_digits": arabic_indic,
    "unusual_dashes": unusual_dashes,
    "spaced_out": spaced_out,
    "dotted": dotted,
}
ON_ANYTHING: Mapping[str, Callable[[str], str]] = {
    "zero_width": zero_width,
    "soft_hyphen": soft_hyphens,
    "base64": in_base64,
    "hex": in_hex,
    "percent": in_percent,
    "html_entities": in_entities,
    "unicode_escapes": in_unicode_escapes,
}
