"""Characters written as codes inside a text: percent, HTML, `\\u`, `\\x`, quoted-printable.

Each is replaced where it stands, so that a name of which half is escaped is read whole.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator

from router.privacy.views.offsets import Edit

# Every repetition is bounded or of one class: linear.
_PERCENT = re.compile(
    r"%(?:u([0-9A-Fa-f]{4})|([0-7][0-9A-Fa-f])|([89A-Fa-f][0-9A-Fa-f](?:%[89A-Fa-f][0-9A-Fa-f])*))"
)
_VALUE = re.compile(r"=[^\s&=]+")
_HTML = re.compile(r"&(?:#[0-9]{1,7};?|#[xX][0-9A-Fa-f]{1,6};?|[A-Za-z][A-Za-z0-9]{1,31};)")
_BACKSLASH = re.compile(
    r"\\(?:u([dD][89abAB][0-9A-Fa-f]{2})\\u([dD][c-fC-F][0-9A-Fa-f]{2})"
    r"|\\?(?:u|U0000)([0-9A-Fa-f]{4})|u\{([0-9A-Fa-f]{1,6})\}|U(000[0-9A-Fa-f]{5})"
    r"|\\?x([0-7][0-9A-Fa-f])|(\\?x[89A-Fa-f][0-9A-Fa-f](?:\\\\?x[89A-Fa-f][0-9A-Fa-f])*)"
    r"|([01][0-7]{2})|\\?([nrt])(?=[^\W_]))"
)
_PLUS_CODE = re.compile(r"U\+([0-9A-Fa-f]{4,6})[ ,;]{0,2}")
_QUOTED = re.compile(r"=(?:([89A-F][0-9A-F](?:=[89A-F][0-9A-F])*)|([2-7][0-9A-F])|(\r?\n))")
_TELLING_QUOTED = re.compile("=(?:[2-7][A-F]|40)")
_IS_QUOTED = re.compile(r"=(?:3D|20\r?\n|[CDE][0-9A-F]=[89AB][0-9A-F]|[2-7][0-9A-F]=[2-7][0-9A-F])")
# What markup is made of: no reason to look twice, unless an entity is hidden behind it.
_MARKUP = frozenset(("&lt;", "&gt;", "&quot;", "&apos;", "&#39;"))
_SPACES = {"n": "\n", "r": "\n", "t": "\t"}


def escape_edits(text: str) -> Iterator[tuple[str, Edit]]:
    """Yields (name of the code, edit)."""
    if "%" in text:
        edits = list(_percent(text))
        for edit in (*edits, *_pluses(text)) if edits else ():
            yield "percent", edit
    if "&" in text:
        for edit in _html(text):
            yield "html", edit
    if "\\" in text:
        for edit in _backslash(text):
            yield "escape", edit
    if "U+" in text:
        for match in _PLUS_CODE.finditer(text):
            if character := _character(match.group(1)):
                yield "codepoint", Edit(match.start(), match.end(), character)
    if "=" in text and (_IS_QUOTED.search(text) or len(_TELLING_QUOTED.findall(text)) > 1):
        for edit in _quoted(text):
            yield "quoted-printable", edit


def _percent(text: str) -> Iterator[Edit]:
    for match in _PERCENT.finditer(text):
        code, ascii_code, run = match.groups()
        if run is not None:
            yield from _bytes(match.start(), "%" + run, 3)
        elif character := _character(code or ascii_code):
            yield Edit(match.start(), match.end(), character)


def _pluses(text: str) -> Iterator[Edit]:
    """Spaces in the values of a query."""
    for match in _VALUE.finditer(text):
        at = text.find("+", match.start(), match.end())
        while at >= 0:
            yield Edit(at, at + 1, " ", linear=True)
            at = text.find("+", at + 1, match.end())


def _html(text: str) -> Iterator[Edit]:
    for match in _HTML.finditer(text):
        entity = match.group()
        if entity in _MARKUP:
            continue
        if entity == "&amp;" and text[match.end() : match.end() + 1] not in {"#", "&"}:
            following = text[match.end() : match.end() + 8]
            if ";" not in following:
                continue
        plain = _numbered(entity) if entity[1] == "#" else html.unescape(entity)
        if plain not in {"", entity, "\ufffd"}:
            yield Edit(match.start(), match.end(), plain)


def _numbered(entity: str) -> str:
    number = entity[2:].rstrip(";")
    return _character(number[1:] if number[0] in "xX" else f"{int(number):x}")


def _backslash(text: str) -> Iterator[Edit]:
    for match in _BACKSLASH.finditer(text):
        high, low, plain, braced, wide, byte, run, octal, letter = match.groups()
        if run is not None:
            yield from _escaped_bytes(match)
            continue
        if high is not None:
            code = 0x10000 + ((int(high, 16) - 0xD800) << 10) + int(low, 16) - 0xDC00
            character = chr(code)
        elif octal is not None:
            character = _character(f"{int(octal, 8):x}")
        elif letter is not None:
            character = _SPACES[letter]
        else:
            character = _character(plain or braced or wide or byte)
        if character:
            yield Edit(match.start(), match.end(), character)


def _escaped_bytes(match: re.Match[str]) -> Iterator[Edit]:
    run = match.group()
    width = len(run) // run.count("x")
    if len(run) == width * run.count("x") and run[width - 3 :: width].count("x") == run.count("x"):
        yield from _bytes(match.start(), run, width)


def _quoted(text: str) -> Iterator[Edit]:
    for match in _QUOTED.finditer(text):
        run, code, soft_break = match.groups()
        if run is not None:
            yield from _bytes(match.start(), "=" + run, 3)
        elif soft_break is not None:
            yield Edit(match.start(), match.end(), "")
        elif character := _character(code):
            yield Edit(match.start(), match.end(), character)


def _bytes(start: int, run: str, width: int) -> Iterator[Edit]:
    """A run of escaped bytes beyond ASCII, character by character; Latin-1 where it isn't UTF-8."""
    raw = bytes(int(run[at + width - 2 : at + width], 16) for at in range(0, len(run), width))
    try:
        plain = raw.decode()
    except UnicodeDecodeError:
        plain = raw.decode("latin-1")
        for at, character in enumerate(plain):
            yield Edit(start + at * width, start + (at + 1) * width, character)
        return
    at = start
    for character in plain:
        until = at + len(character.encode()) * width
        yield Edit(at, until, character)
        at = until


def _character(code: str) -> str:
    """The character of a hexadecimal code; nothing where that is no text."""
    number = int(code, 16)
    if number in {9, 10, 13}:
        return chr(number)
    if number < 0x20 or number == 0x7F or number > 0x10FFFF or 0xD800 <= number < 0xE000:
        return ""
    return chr(number)
