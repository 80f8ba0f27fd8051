"""Letters of other scripts that stand where a Latin letter is meant.

A word of Greek or Cyrillic stays as it is: letters are taken for Latin ones only in a token that
mixes scripts, or that has lookalikes alone and stands beside Latin, or in a text in which no word
of that script could be genuine.
"""

from __future__ import annotations

import json
import re
import string
import unicodedata
from functools import cache
from importlib import resources

from router.privacy.views.offsets import Edit

_ASCII_LETTERS = frozenset(string.ascii_letters)
_DIGITS = frozenset(string.digits)
_TOKEN = re.compile(r"[^\W_]+")
# By shape, beyond Unicode's list: what people use who spell Latin with other letters.
_BY_SHAPE = dict(
    zip(
        "аАвВеЕкКмМнНоОрРсСтТуУхХьгпиЗбЬαβγεηικνορτυχωΑΒΕΖΗΙΚΜΝΟΡΤΥΧ",
        "aAbBeEkKmMhHoOpPcCtTyYxXbrnu36babyenikvoptuxwABEZHIKMNOPTYX",
        strict=True,
    )
)


@cache
def lookalikes() -> dict[str, str]:
    """Letter of another script → ASCII letter. From Unicode's confusables, where cases agree."""
    source = resources.files("confusable_homoglyphs").joinpath("confusables.json")
    confusables: dict[str, list[dict[str, str]]] = json.loads(source.read_text(encoding="utf-8"))
    table: dict[str, str] = {}
    for code in (*range(ord("a"), ord("z") + 1), *range(ord("A"), ord("Z") + 1)):
        letter = chr(code)
        for entry in confusables.get(letter, []):
            other = entry["c"]
            if len(other) != 1 or other.isascii() or not other.isalpha():
                continue
            if unicodedata.name(other, "LATIN").startswith(("LATIN", "MATHEMATICAL", "CJK")):
                continue
            if other.lower() != other.upper() and other.isupper() != letter.isupper():
                table.setdefault(other, letter.swapcase())
            else:
                table[other] = letter
    # `l` and `I` have one shape, and Unicode calls every one of them an `l`.
    for other in [other for other, letter in table.items() if letter in "lL"]:
        if other.isupper():
            table[other] = "I"
    table.update(_BY_SHAPE)
    return table


def lookalike_edits(text: str) -> list[Edit]:
    """Tokens of `text` that read as Latin, spelled in Latin. `text` is folded already."""
    table = lookalikes()
    if text.isascii() or table.keys().isdisjoint(text):
        return []
    foreign = {character for character in set(text) if not character.isascii()}
    latin = {character for character in foreign if _is_latin(character)} | _ASCII_LETTERS
    known = foreign & table.keys()
    readable = latin | known | _DIGITS
    tokens: list[tuple[int, int, bool, bool, bool]] = []
    genuine = False
    for match in _TOKEN.finditer(text):
        start, end = match.span()
        token = match.group()
        if token.isascii():
            tokens.append((start, end, not token.isdigit(), False, False))
            continue
        has_latin = not latin.isdisjoint(token)
        has_known = not known.isdisjoint(token)
        whole = has_known and readable.issuperset(token)
        genuine = genuine or not (has_latin or whole)
        tokens.append((start, end, has_latin, has_known, whole))
    edits = []
    for number, (start, end, has_latin, has_known, whole) in enumerate(tokens):
        if not has_known:
            continue
        token = text[start:end]
        if (
            has_latin
            or (whole and not genuine)
            or (whole and not _DIGITS.isdisjoint(token))
            or (whole and _beside_latin(text, tokens, number))
        ):
            edits.append(Edit(start, end, "".join([table.get(c, c) for c in token]), linear=True))
    return edits


def _is_latin(character: str) -> bool:
    return unicodedata.name(character, "").startswith("LATIN")


def _beside_latin(text: str, tokens: list[tuple[int, int, bool, bool, bool]], number: int) -> bool:
    """Whether a neighbour is Latin: any for a word, one without a space between for a letter."""
    start, end = tokens[number][:2]
    alone = end - start == 1
    if number and tokens[number - 1][2]:
        between = text[tokens[number - 1][1] : start]
        if len(between) <= 3 and not (alone and (" " in between or "\n" in between)):
            return True
    if number + 1 < len(tokens) and tokens[number + 1][2]:
        between = text[end : tokens[number + 1][0]]
        return len(between) <= 3 and not (alone and (" " in between or "\n" in between))
    return False
