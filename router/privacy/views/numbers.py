"""Numbers in words, as digits: "four one one one", "double five", "zéro six douze"."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from router.privacy.views.number_words import (
    LETTER_ZERO,
    LONGEST_PHRASE,
    SIGNS,
    TIMES,
    may_have_numbers,
    phrases,
    plain,
)
from router.privacy.views.offsets import Edit

_LEAST_WORDS = 4
_LEAST_ITEMS = 5
_LEAST_DIGITS = 5
_LONGEST_GAP = 5
# Two classes that share nothing: linear.
_WORD = re.compile(r"[^\W\d_]+|[0-9]+")
_SEPARATOR = re.compile(r"[\s,.\-/()–:;|]*")
_IDEOGRAPHS = dict(zip("〇零一二三四五六七八九", "00123456789", strict=True))
_IDEOGRAPH_RUN = re.compile(r"[〇零一二三四五六七八九]{5,}")


@dataclass(slots=True)
class _Run:
    """Items of a number said so far; `digits` has what each reads as, with what stood between."""

    start: int
    end: int
    digits: list[str]
    items: int = 0
    words: int = 0


def number_edits(text: str) -> Iterator[Edit]:
    """Runs of at least five digits or pairs of digits, four of them in words."""
    if not text.isascii():
        for match in _IDEOGRAPH_RUN.finditer(text):
            digits = "".join(_IDEOGRAPHS[character] for character in match.group())
            yield Edit(match.start(), match.end(), digits, linear=True)
    if not may_have_numbers()(text):
        return
    table = phrases()
    spans = [(match.start(), match.end()) for match in _WORD.finditer(text)]
    words = [plain(text[start:end]) if end - start < 24 else "" for start, end in spans]
    starters = _starters()
    run: _Run | None = None
    at = 0
    while at < len(words):
        word = words[at]
        if run is None and word not in starters:
            at += 1
            continue
        taken, digits, in_words = _item(table, words, at, running=run is not None)
        if taken and run is not None and not _continues(text, run.end, spans[at][0]):
            yield from _finished(run)
            run = None
            continue
        if not taken:
            if run is not None:
                yield from _finished(run)
                run = None
            at += 1
            continue
        if run is None:
            run = _Run(spans[at][0], spans[at][0], [])
        gap = text[run.end : spans[at][0]].strip()
        run.digits.append(gap if gap in {"-", ".", "/"} and digits[:1].isdigit() else "")
        run.digits.append(digits)
        if digits.isdigit():
            run.items += 1
            run.words += in_words
        at += taken
        run.end = spans[at - 1][1]
    if run is not None:
        yield from _finished(run)


@cache
def _starters() -> frozenset[str]:
    return frozenset(phrase.split()[0] for phrase in phrases()) | TIMES.keys()


def _item(
    table: dict[str, str], words: list[str], at: int, *, running: bool
) -> tuple[int, str, bool]:
    """How many words the item at `at` takes (0: there is none), what it reads as, and whether it
    was said in words."""
    word = words[at]
    times = TIMES.get(word)
    if times is not None and at + 1 < len(words):
        digit = table.get(words[at + 1], words[at + 1])
        if words[at + 1] in LETTER_ZERO:
            digit = "0"
        if len(digit) == 1 and digit.isdigit():
            return 2, digit * times, True
        return 0, "", False
    for size in range(LONGEST_PHRASE, 0, -1):
        digits = table.get(" ".join(words[at : at + size]))
        if digits is not None:
            return min(size, len(words) - at), digits, True
    if running:
        if word in LETTER_ZERO:
            return 1, "0", True
        if word.isdigit() and len(word) <= 4:
            return 1, word, False
        if word in SIGNS:
            return 1, SIGNS[word], False
    return 0, "", False


def _continues(text: str, end: int, start: int) -> bool:
    return start - end <= _LONGEST_GAP and _SEPARATOR.fullmatch(text, end, start) is not None


def _finished(run: _Run) -> Iterator[Edit]:
    if run.digits.count("-") * 2 > run.items:  # one-two-three: the dashes part words
        run.digits = [item for item in run.digits if item != "-"]
    digits = "".join(run.digits)
    if (
        run.words >= _LEAST_WORDS
        and run.items >= _LEAST_ITEMS
        and sum(character.isdigit() for character in digits) >= _LEAST_DIGITS
    ):
        yield Edit(run.start, run.end, digits)
