"""Characters kept apart by spaces, dots or other signs: `4 1 1 1`, `j o h n @ x . com`,
`1.2.3-4.5-6.7.8.9`."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from router.privacy.views.gate import gate
from router.privacy.views.offsets import Edit

_LEAST = 6
_LEAST_DIGITS = 7
_GAP = r"[ \t\n.\-_*/|·,~@()\[\]]"
# An element and a gap share no character, so there is one way only to read a run: linear.
_RUN = re.compile(rf"(?:[^\W_]{_GAP}{{1,3}}){{5,}}[^\W_]")
_may_have_run = gate(rf"(?:[\pL\pN]{_GAP}{{1,3}}){{5}}[\pL\pN]")
_WORD_OF_ONE_LETTER = re.compile(r"[aeiouyàáèéêóà] (?=[0-9A-Z])")
_GAPS = re.compile(rf"{_GAP}+")
_OF_DIGITS_ONLY = re.compile(r"[0-9OolI]*")
_LISTING = frozenset(",/_*|~()[]\n")


def spaced_edits(text: str) -> Iterator[Edit]:
    """Takes the usual gap out of each run of at least six single letters and digits; what is left
    of wider or other gaps stays, and parts words as it did."""
    if not _may_have_run(text):
        return
    for match in _RUN.finditer(text):
        start, end = match.span()
        gaps = [gap.span() for gap in _GAPS.finditer(text, start, end)]
        # The first and the last element may be the end and the beginning of longer words.
        head = bool(start) and text[start - 1].isalnum()
        tail = end < len(text) and text[end].isalnum()
        first = int(head)
        # "ora è G B 3 3": a word of one letter is none of the elements.
        if _WORD_OF_ONE_LETTER.match(text, gaps[0][1] if head else start):
            first += 1
        begin, stop = gaps[first - 1][1] if first else start, gaps[-1][0] if tail else end
        body = text[begin : end - tail]
        elements = _GAPS.sub("", body)
        if len(elements) < _LEAST or len(set(elements)) == 1:  # rulings, and 0 0 0 0 0 0
            continue
        between = _GAPS.findall(text, start, end)
        usual = Counter(between).most_common(1)[0][0]
        sign = usual.strip(" \t")
        if not _LISTING.isdisjoint(sign) and sum(map(str.isdigit, elements)) < _LEAST_DIGITS:
            continue  # argument lists, sums and the like
        if "," in sign and any("." in gap for gap in between):
            continue  # lists of fractions
        # `j o h n @ x . com`: a sign of an address leans on the word that follows.
        last = len(gaps) - (tail and not {"@", "."} & set(between[-1]))
        inner = set(between[first : len(gaps) - tail])
        code = _GAPS.sub("", text[begin:stop])
        if len(inner) == 1 and _is_code(code):
            yield Edit(begin, stop, code)
            continue
        for (since, until), gap in list(zip(gaps, between, strict=True))[first:last]:
            if gap == usual:
                yield Edit(since, until, "")
            else:
                rest = gap.replace(usual, "").strip() or " "
                if rest != gap:
                    yield Edit(since, until, rest)


def _is_code(elements: str) -> bool:
    """Capitals and digits (a tax number, an IBAN): taken as one, or the O and I in it would be read
    as digits before it was written together."""
    return (
        elements.isupper()
        and any(map(str.isdigit, elements))
        and _OF_DIGITS_ONLY.fullmatch(elements) is None
    )
