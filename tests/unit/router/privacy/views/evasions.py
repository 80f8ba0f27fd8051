# ruff: noqa: RUF001
"""Ways to write a text so that a person or a model still reads it, and a pattern does not."""

from __future__ import annotations

import base64
from collections.abc import Callable

Evasion = Callable[[str], str]

_CYRILLIC = str.maketrans("aeocpxyiOPCTAEK", "аеосрхуіОРСТАЕК")
_ARABIC = str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")
_DEVANAGARI = str.maketrans("0123456789", "०१२३४५६७८९")
_BOLD = str.maketrans("0123456789", "𝟎𝟏𝟐𝟑𝟒𝟓𝟔𝟕𝟖𝟗")


def fullwidth(text: str) -> str:
    return "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else "\u3000" for c in text)


def between(sign: str) -> Evasion:
    return sign.join


def to_base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def _utf_16_units(text: str) -> list[bytes]:
    encoded = text.encode("utf-16-be")
    return [encoded[at : at + 2] for at in range(0, len(encoded), 2)]


FOLDED: dict[str, Evasion] = {
    "fullwidth": fullwidth,
    "arabic-indic digits": lambda text: text.translate(_ARABIC),
    "devanagari digits": lambda text: text.translate(_DEVANAGARI),
    "bold digits": lambda text: text.translate(_BOLD),
    "zero-width space": between("\u200b"),
    "word joiner": between("\u2060"),
    "soft hyphen": between("\u00ad"),
    "bidi override": lambda text: f"\u202d{text}\u202c".replace("1", "1\u200e"),
    "variation selectors": between("\ufe0f"),
    "tags": between("\U000e0041"),
    "combining strokes": lambda text: "".join(f"{c}\u0336" if c != " " else c for c in text),
    "control characters": between("\x01"),
    "cyrillic lookalikes": lambda text: text.translate(_CYRILLIC),
    "en dashes": lambda text: text.replace("-", "\u2013"),
    "minus signs": lambda text: text.replace("-", "\u2212"),
    "no-break spaces": lambda text: text.replace(" ", "\u00a0"),
}

DECODED: dict[str, Evasion] = {
    "base64": to_base64,
    "base64 url-safe": lambda text: base64.urlsafe_b64encode(text.encode()).decode(),
    "base64 without padding": lambda text: to_base64(text).rstrip("="),
    "base64 over lines": lambda text: "\n".join(
        to_base64(text)[at : at + 20] for at in range(0, len(to_base64(text)), 20)
    ),
    "base64 of UTF-16": lambda text: base64.b64encode(text.encode("utf-16")).decode(),
    "base32": lambda text: base64.b32encode(text.encode()).decode(),
    "hex": lambda text: text.encode().hex(),
    "hex in capitals": lambda text: text.encode().hex().upper(),
    "hex with 0x": lambda text: f"0x{text.encode().hex()}",
    "hex spaced": lambda text: text.encode().hex(" "),
    "hex with colons": lambda text: text.encode().hex(":"),
    "hex array": lambda text: ", ".join(f"0x{byte:02x}" for byte in text.encode()),
    "binary": lambda text: " ".join(f"{byte:08b}" for byte in text.encode()),
    "decimal": lambda text: ", ".join(str(byte) for byte in text.encode()),
}

ESCAPED: dict[str, Evasion] = {
    "percent": lambda text: "".join(f"%{byte:02X}" for byte in text.encode()),
    "html decimal": lambda text: "".join(f"&#{ord(c)};" for c in text),
    "html hexadecimal": lambda text: "".join(f"&#x{ord(c):x};" for c in text),
    "unicode escapes": lambda text: "".join(
        f"\\u{unit[0]:02x}{unit[1]:02x}" for unit in _utf_16_units(text)
    ),
    "braced unicode escapes": lambda text: "".join(f"\\u{{{ord(c):x}}}" for c in text),
    "byte escapes": lambda text: "".join(f"\\x{byte:02x}" for byte in text.encode()),
    "octal escapes": lambda text: "".join(f"\\{byte:03o}" for byte in text.encode()),
    "quoted-printable": lambda text: "".join(f"={byte:02X}" for byte in text.encode()),
    "codepoints": lambda text: " ".join(f"U+{ord(c):04X}" for c in text),
}
