"""One spelling for what reads alike: width, script of digits, dashes, spaces, invisible characters,
lookalike letters."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from router.privacy.views.characters import MARK, folded
from router.privacy.views.lookalikes import lookalike_edits
from router.privacy.views.offsets import Edit
from router.privacy.views.reading import Reading

# Everything that is not plain ASCII text; the class is one character wide, hence linear.
_RUN = re.compile(r"[^\t\n\x0b\x0c\r -~]+")
_NEAR = 32
# What typesetting alone puts into a text: it is folded, but is no reason to look twice.
_TYPOGRAPHY = frozenset(
    "‘’“”„…™½¼¾ªº²³µ\u00a0\u202f\u2009\u2002\u2003\u2011\u2010–—‒―−\u2500\u2501\ufe0f\u200d\ufeff`´′″"
) | frozenset(chr(code) for code in range(0x1F1E6, 0x1F200))
# … unless it stands where it parts, or is part of, a number, a name or an address.
_TELLING = re.compile(
    "[0-9][–—‒―−\u2500\u2501\u2010\u2011²³ºª]|[–—‒―−\u2500\u2501\u2010\u2011²³][0-9@²³]|[A-Za-z0-9]\ufe0f"
    "|[^\\W_][\u00a0\u202f\u2009\u2002\u2003\u200d\ufeff\u2010\u2011–‒−][^\\W_]"
    "|[\U0001f1e6-\U0001f1ff]{5}"
)


def fold(reading: Reading) -> Reading | None:
    """`reading` folded, or None where nothing would change or nothing that matters."""
    text = reading.text
    runs = _RUN.search(text)
    if runs is None:
        return None
    table = {
        ord(character): folded(character)
        for character in set(text[runs.start() :])
        if not " " <= character <= "~"
    }
    changing = {chr(code) for code, reads in table.items() if reads != chr(code)}
    matters = bool(changing - _TYPOGRAPHY) or (changing and _TELLING.search(text) is not None)
    edits = list(_edits(text, table)) if changing else []
    first = reading.rewritten(edits) if edits else reading
    letters = lookalike_edits(first.text)
    if not letters and (not edits or not matters):
        return None
    second = first.rewritten(letters, "folded")
    # Lookalikes keep their places, so both lists are of places in the last text.
    changed = sorted([*(first.changed if edits else ()), *second.changed])
    return Reading(second.text, second.names, second.maps, changed)


def fold_fully(text: str) -> str:
    """`text` folded whether or not it matters."""
    reading = fold(Reading(text))
    return text if reading is None else reading.text


def _edits(text: str, table: dict[int, str]) -> Iterator[Edit]:
    odd = {chr(code) for code, reads in table.items() if len(reads) != 1 or reads == MARK}
    if not odd:
        yield from _linear(text, table)
        return
    for match in _RUN.finditer(text):
        run = match.group()
        reads = run.translate(table)
        if reads == run:
            continue
        start, end = match.span()
        if not reads:
            yield Edit(start, end, "")
        elif odd.isdisjoint(run):
            yield Edit(start, end, reads, linear=True)
        else:
            yield from _one_by_one(text, start, end, table)


def _linear(text: str, table: dict[int, str]) -> Iterator[Edit]:
    """Where every character becomes one other: few and long edits, for speed."""
    start = end = -1
    for match in _RUN.finditer(text):
        run = match.group()
        if run.translate(table) == run:
            continue
        since, until = match.span()
        if since - end > _NEAR or start < 0:
            if start >= 0:
                yield Edit(start, end, text[start:end].translate(table), linear=True)
            start = since
        end = until
    if start >= 0:
        yield Edit(start, end, text[start:end].translate(table), linear=True)


def _one_by_one(text: str, start: int, end: int, table: dict[int, str]) -> Iterator[Edit]:
    pending: Edit | None = None
    for at in range(start, end):
        character = text[at]
        reads = table[ord(character)]
        if reads == MARK:
            if pending is None and at == start and start and text[start - 1] > " ":
                pending = Edit(start - 1, start, text[start - 1])
            base = pending.text if pending else ""
            joined = unicodedata.normalize("NFC", base + character)
            # A mark that makes no letter with what it stands on is a disguise.
            base = joined if base and len(joined) == len(base) else base
            pending = Edit(pending.start if pending else at, at + 1, base)
            continue
        if pending is not None:
            yield pending
        pending = Edit(at, at + 1, reads)
    if pending is not None:
        yield pending
