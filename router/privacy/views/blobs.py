"""Text inside base64, base32, hexadecimal, binary or decimal codes."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator

from router.privacy.views.gate import gate
from router.privacy.views.offsets import Edit
from router.privacy.views.plausible import as_text

# One class each, or an element and a gap of which both are bounded: linear.
_DENSE = re.compile(r"[A-Za-z0-9+/_\-]{12,}={0,6}")
_LAST_LINE = re.compile(r"[A-Za-z0-9+/_\-]{1,128}={0,2}")
_LINE_GAP = re.compile(r"[ \t\"',+\\>]{0,8}(?:\r?\n|\\n)[ \t\"'+>]{0,24}")
_HEX = re.compile(r"(?:0[xX])?((?:[0-9A-Fa-f]{2})+)")
_HEX_BYTES = re.compile(
    r"(?<![0-9A-Za-z])(?:(?:0x)?[0-9A-Fa-f]{2}(?:[ \t:,;\-]|, |\r?\n)){5,}(?:0x)?[0-9A-Fa-f]{2}"
    r"(?![0-9A-Za-z])"
)
_HEX_WORDS = re.compile(r"(?<![0-9A-Za-z])(?:[0-9A-Fa-f]{4} ){3,}[0-9A-Fa-f]{2,4}(?![0-9A-Za-z])")
_BITS = re.compile(r"(?<![0-9A-Za-z])(?:[01]{8}[ ,\-]?){5,}")
_DECIMALS = re.compile(r"(?<![0-9.])(?:[0-9]{2,3}(?:, ?|[ \-])){5,}[0-9]{2,3}(?![0-9.])")
_BASE32 = re.compile(r"[A-Z2-7]{16,}={0,6}")
_PARTS = re.compile(r"[A-Za-z0-9+]{12,}={0,2}")
_GROUP_SIZES = (4, 5, 6, 8, 10)
_GROUPS = re.compile(
    r"(?<![A-Za-z0-9+/])(?:"
    + "|".join(
        rf"(?:[A-Za-z0-9+/_\-]{{{size}}}[ \n]){{3,}}[A-Za-z0-9+/_\-]{{1,{size}}}={{0,2}}"
        for size in _GROUP_SIZES
    )
    + r")(?![A-Za-z0-9+/])"
)
_may_have_groups = gate(
    r"(?:^|[^a-z0-9+/_\-])(?:"
    + "|".join(rf"(?:[a-z0-9+/_\-]{{{size}}}[ \n]){{3}}[a-z0-9+/]" for size in _GROUP_SIZES)
    + ")"
)
_may_have_bytes = gate(r"[0-9a-f]{2}(?:(?:[ \t:,;\-]|, |\r?\n)(?:0x)?[0-9a-f]{2}){5}")
_may_have_hex_words = gate(r"[0-9a-f]{4} [0-9a-f]{4} [0-9a-f]{4} [0-9a-f]{2}")
_may_have_bits = gate(r"(?:[01]{8}[ ,\-]?){5}")
_may_have_decimals = gate(r"[0-9]{2,3}(?:(?:, ?|[ \-])[0-9]{2,3}){5}")
_STANDARD = bytes.maketrans(b"-_", b"+/")
_LEAST_KINDS = 4
_MOST_LINES = 20_000


def blob_edits(text: str) -> Iterator[tuple[str, Edit]]:
    """Yields (name of the code, edit) for each blob that decodes to text."""
    done = 0
    for start, end in blob_spans(text):
        if start < done:
            continue
        for name, edit in _decoded(text, start, end):
            done = edit.end
            yield name, edit
    yield from _grouped(text)
    yield from _by_byte(text)


def _grouped(text: str) -> Iterator[tuple[str, Edit]]:
    for match in _GROUPS.finditer(text) if _may_have_groups(text) else ():
        decoded = decode(re.sub("[ \n]", "", match.group()))
        if decoded is not None:
            yield decoded[0], Edit(match.start(), match.end(), decoded[1])


def _by_byte(text: str) -> Iterator[tuple[str, Edit]]:
    for match in _DECIMALS.finditer(text) if _may_have_decimals(text) else ():
        codes = re.findall("[0-9]+", match.group())
        values = [int(code) for code in codes]
        if max(values) < 127 and min(values) >= 32:
            plain = bytes(values).decode()
            if all(len(code) == 2 for code in codes):  # or hexadecimal: nobody can tell
                other = as_text(bytes.fromhex("".join(codes)))
                plain = plain if other is None else f"{plain}\n{other}"
            yield "decimal", Edit(match.start(), match.end(), plain)
    for may_have, pattern in ((_may_have_bytes, _HEX_BYTES), (_may_have_hex_words, _HEX_WORDS)):
        for match in pattern.finditer(text) if may_have(text) else ():
            digits = re.sub(r"0x|[^0-9A-Fa-f]", "", match.group())
            found = as_text(bytes.fromhex(digits[: len(digits) & ~1]))
            if found is not None:
                yield "hex", Edit(match.start(), match.end(), found)
    for match in _BITS.finditer(text) if _may_have_bits(text) else ():
        bits = re.sub("[^01]", "", match.group())
        found = as_text(int(bits, 2).to_bytes(len(bits) // 8, "big"))
        if found is not None:
            yield "binary", Edit(match.start(), match.end(), found)


def blob_spans(text: str) -> Iterator[tuple[int, int]]:
    """Runs of a dense alphabet; first joined over lines where those are of one length, then
    each alone."""
    runs = [match.span() for match in _DENSE.finditer(text)]
    number = 0
    while number < len(runs):
        start, end = runs[number]
        width = end - start
        last = number
        while last + 1 < len(runs) and last - number < _MOST_LINES:
            since, until = runs[last + 1]
            if since - end > 40 or until - since > width or text[end - 1] == "=":
                break
            if _LINE_GAP.fullmatch(text, end, since) is None:
                break
            last, end = last + 1, until
            if until - since < width:
                break
        if width >= 16 and text[end - 1] != "=" and runs[last][1] - runs[last][0] == width:
            end = _with_last_line(text, end, width)
        if end > runs[number][1]:
            yield start, end
        yield from runs[number : last + 1]
        number = last + 1


def _with_last_line(text: str, end: int, width: int) -> int:
    gap = _LINE_GAP.match(text, end)
    if gap is not None:
        line = _LAST_LINE.match(text, gap.end())
        if line is not None and line.end() - line.start() <= width:
            return line.end()
    return end


def _decoded(text: str, start: int, end: int) -> Iterator[tuple[str, Edit]]:
    blob = text[start:end]
    dense = blob if "\n" not in blob and "\\" not in blob else _LINE_GAP.sub("", blob)
    found = decode(dense)
    if found is not None:
        yield found[0], Edit(start, end, found[1])
        return
    if len(dense) != len(blob):
        return
    if not blob.isalnum():  # a path, or words with dashes, of which a part may be a blob
        for match in _PARTS.finditer(blob):
            if match.end() - match.start() < len(blob):
                found = decode(match.group())
                if found is not None:
                    yield found[0], Edit(start + match.start(), start + match.end(), found[1])


def decode(blob: str) -> tuple[str, str] | None:
    """(name of the code, text) of one blob without gaps; None where it is no text."""
    if (blob.isalpha() and blob[1:].islower()) or len(set(blob)) < _LEAST_KINDS:
        return None  # a long word, a ruling
    hexadecimal = _HEX.fullmatch(blob)
    if hexadecimal is not None:
        plain = as_text(bytes.fromhex(hexadecimal.group(1)))
        if plain is not None:
            return "hex", plain
    if blob[-1] == "=" and len(blob) % 4:
        blob = blob[len(blob) % 4 :]  # glued to what comes before
    raw = blob.rstrip("=").encode().translate(_STANDARD)
    for candidate in (raw, raw[1:]) if len(raw) % 4 == 1 else (raw,):
        if len(candidate) % 4 == 1:
            continue
        try:
            plain = as_text(base64.b64decode(candidate + b"=" * (-len(candidate) % 4)))
        except binascii.Error:
            continue
        if plain is not None:
            return "base64", plain
    if _BASE32.fullmatch(blob):
        letters = blob.rstrip("=")
        try:
            plain = as_text(base64.b32decode(letters + "=" * (-len(letters) % 8)))
        except binascii.Error:
            return None
        if plain is not None:
            return "base32", plain
    return None
