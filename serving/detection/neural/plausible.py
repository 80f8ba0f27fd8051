"""Whether a span can be what the model takes it for: what its text shows, no model. Pure.

The model reads no case and saw little code. What is here is what it cannot see: shape, casing,
place in a line, code around it. Each function answers one question; judge.py weighs the answers.
"""

from __future__ import annotations

import re
from enum import Enum

from serving.detection.neural.spans import PARTICLES

_RADIUS = 400
_LINE_RADIUS = 200
_NEIGHBOUR_LINES = 2

_CAPITAL = re.compile(r"[^\W\d_a-zß-öø-ÿ]")
_WORD = re.compile(r"[^\W\d_]+")
_IDENTIFIER_BEFORE = re.compile(
    r"[_$@\\/&%]\Z|(?:->|::|</?)\Z|[)\]]\.\Z"
    # `self.ann` is one, `Dr.Ann` and `J.Ann` are not.
    r"|(?<=[^\W_]{2})(?<!\bDr)(?<!\bMr)(?<!\bMs)(?<!\bMrs)(?<!\bSra)(?<!\bSr)(?<!\bProf)\.\Z"
)
_IDENTIFIER_AFTER = re.compile(r"_|\(|\[|=(?!\s)|\.[a-z0-9_]+|::|->|[\\/@]|\d|;(?=['\"])")
_SENTENCE_START = re.compile(r"(?:\A|[\n\r.!?:;•|>{}()\[\]\"'“”„«»¿¡*#–—-])\s*\Z")  # noqa: RUF001

_CODE_LINE = re.compile(
    r"""^\s*(?:def|class|import|from\s+\S+\s+import|return|elif|else:|if\s.*:\s*$|for\s.*:\s*$
        |while\s.*:\s*$|try:|except|raise|assert|with\s.*:\s*$|async|await|yield|lambda
        |public|private|protected|static|const|let|var|func|fn|struct|enum|impl|use\s|package
        |\#include|\#define|@\w+|\$\s|SELECT\b|INSERT\b|UPDATE\b|CREATE\b|FROM\b|WHERE\b)
      | \w\([^)]*\)?[;:,)\]]*\s*$ | \w\(\S*\) | [\w\])]\.\w+\( | \s[=!<>+*/|&-]?=\s | [=-]> | ::
      | __\w+__ | [{};]\s*$ | \w_\w+_?\w* | ^\s*[\])}]+[,;]?\s*$ | \\[xu][0-9a-f]{2}
    """,
    re.VERBOSE,
)
_COMMENT = re.compile(r"(?:^|\s)(?:\#|//|--|/\*|\*|<!--)\s")


class Casing(Enum):
    """What capitals can tell about a place in a text."""

    CASED = "a line in which capitals mean something"
    UNCASED_LINE = "a line without capitals in a text that has some"
    HEADING = "a line in which most words have one"
    NONE = "no capitals anywhere near"


class Shape(Enum):
    """How the words of a span are written."""

    TITLE = "each word begins with a capital"
    UPPER = "capitals only"
    LOWER = "no capital at the start"
    CASELESS = "a script without case"
    BROKEN = "not a word: digits, capitals inside, a single letter"


_INNER_CAPITAL = re.compile(r"\A[^\W\d_]{1,4}[^\W\d_a-z][^\W\d_]+\Z")


def shape(words: str) -> Shape:
    """How a span is written. Particles (van, de la) may be small, `McKay` has two capitals."""
    found = _WORD.findall(words)
    if not found or any(character.isdigit() or character == "_" for character in words):
        return Shape.BROKEN
    weighty = [word for word in found if word not in PARTICLES] or found
    if sum(map(len, found)) < 2 and not found[0].isalpha():
        return Shape.BROKEN
    if all(not word.islower() and not word.isupper() and word == word.swapcase() for word in found):
        return Shape.CASELESS
    if len("".join(found)) < 2:
        return Shape.BROKEN
    if all(word.isupper() for word in weighty):
        return Shape.UPPER
    if not weighty[0][0].isupper():
        return Shape.LOWER if words.islower() else Shape.BROKEN
    for word in weighty:
        inner = sum(character.isupper() for character in word[1:])
        if inner and not word.isupper() and (inner > 1 or not _INNER_CAPITAL.match(word)):
            return Shape.BROKEN
    return Shape.TITLE


def line_of(text: str, start: int, end: int) -> tuple[int, int]:
    """Bounds of the line around a span, no further away than the radius."""
    nearest, furthest = max(0, start - _RADIUS), min(len(text), end + _RADIUS)
    first, last = text.rfind("\n", nearest, start), text.find("\n", end, furthest)
    return (first + 1 if first >= 0 else nearest), (last if last >= 0 else furthest)


def casing(text: str, start: int, end: int) -> Casing:
    """What capitals tell at a place; the span's own are not counted, and `I` is not."""
    first, last = line_of(text, start, end)
    near, far = max(0, start - _RADIUS), end + _RADIUS
    capitals, small = _mix(text, max(first, near), min(last, far), start, end)
    if capitals and capitals * 2 >= capitals + small:
        return Casing.HEADING
    if capitals:
        return Casing.CASED
    capitals, small = _mix(text, near, far, start, end)
    return Casing.UNCASED_LINE if capitals and small else Casing.NONE


def _mix(text: str, first: int, last: int, start: int, end: int) -> tuple[int, int]:
    """How many words beside the span begin with a capital, and how many do not."""
    words = _WORD.findall(text[first:start] + " " + text[end:last])
    capitals = sum(word[0].isupper() and word != "I" for word in words)
    return capitals, sum(word[0].islower() for word in words)


class Fragment(Enum):
    """What the whole text around a span is."""

    TEXT = "more than a few words"
    SHORT = "two to four words: a title, a product, a file, a search"
    LONE = "the span and nothing beside it"


_SHORT_WORDS = 4
_SHORT_CHARACTERS = 60
_PLAIN_WORD = re.compile(r"(?<![\w-])[^\W\d_]{2,}(?![\w-])")
_SENTENCE_END = re.compile(r"[.!?…][\s\"')\]}]*\Z")
_JSON_VALUE = re.compile(r"""\A\s*\{\s*"[^"]{1,40}"\s*:\s*"(?P<value>[^"\\]*)"\s*\}\s*\Z""")
_PLACEHOLDER = re.compile(
    r"TODO|FIXME|TBD|TBA|NULL|NONE|NIL|UNKNOWN|REDACTED|VALUE|PLACEHOLDER|([A-Z])\1{1,8}|N/?A",
    re.IGNORECASE,
)


def fragment(text: str, start: int, end: int) -> Fragment:
    """What stands around a span: a JSON object of one value is that value."""
    if len(text) > 2 * _SHORT_CHARACTERS:
        return Fragment.TEXT
    wrapped = _JSON_VALUE.match(text)
    whole = wrapped["value"] if wrapped and wrapped.start("value") <= start else text
    words = _WORD.findall(whole)
    if len(whole) > _SHORT_CHARACTERS or len(words) > _SHORT_WORDS or _SENTENCE_END.search(whole):
        return Fragment.TEXT
    inside = len(_WORD.findall(text[start:end]))
    return Fragment.LONE if len(words) <= inside else Fragment.SHORT


def is_placeholder(words: str) -> bool:
    """Whether the words stand for what somebody has yet to fill in."""
    return _PLACEHOLDER.fullmatch(words.strip("'\"<>[](){}_ ")) is not None


def starts_sentence(text: str, start: int) -> bool:
    """Whether a capital at this place is what grammar asks of any word."""
    if _SENTENCE_START.search(text, max(0, start - 6), start) is not None:
        return True
    # `4f0c1d2 2024-05-01 Merge the branch`: numbers open a line, and are no part of its sentence.
    before = text[line_of(text, start, start)[0] : start]
    return _PLAIN_WORD.search(before) is None


def is_identifier(text: str, start: int, end: int) -> bool:
    """Whether what touches the span makes it part of a name in code, a path or an address."""
    return (
        _IDENTIFIER_BEFORE.search(text, max(0, start - 6), start) is not None
        or _IDENTIFIER_AFTER.match(text, end) is not None
    )


def in_code(text: str, start: int, end: int) -> bool:
    """Whether the span stands in a line of code, and there neither in a string nor a comment."""
    first, last = line_of(text, start, end)
    first, last = max(first, start - _LINE_RADIUS), min(last, end + _LINE_RADIUS)
    if not _is_code(text[first:last]):
        return False
    before = text[first:start]
    if _COMMENT.search(before):
        return False
    quoted = any(before.count(quote) % 2 for quote in "\"'`")
    between_tags = ">" in before and text[end : end + 2].strip().startswith("<")
    return not quoted and not between_tags


def near_code(text: str, start: int, end: int) -> bool:
    """Whether most lines around the span are code."""
    first, last = start, end
    for _ in range(_NEIGHBOUR_LINES + 1):
        nearest = max(0, first - _RADIUS)
        before = text.rfind("\n", nearest, max(0, first - 1))
        first = before + 1 if before >= 0 else nearest
        after = text.find("\n", last + 1, last + _RADIUS)
        last = after if after >= 0 else min(len(text), last + _RADIUS)
    lines = [line for line in text[first:last].splitlines() if line.strip()]
    return len(lines) > 1 and sum(map(_is_code, lines)) * 2 >= len(lines)


def _is_code(line: str) -> bool:
    """Of a line's beginning: the pattern takes quadratic time, of a bounded length."""
    return _CODE_LINE.search(line[: 3 * _LINE_RADIUS]) is not None
