"""How a text becomes what the model is run on: pieces, tokens, windows. Nothing is cut off."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

import numpy as np
from numpy.typing import NDArray

WINDOW_TOKENS = 126
"""With [CLS] and [SEP] 128: longer windows cost more a token, and find less."""
OVERLAP_TOKENS = 16
"""Half of it is context for either side; more of it costs time and finds no more."""
PARAGRAPH_TOKENS = 24
"""What is shorter is run together with the paragraph after it."""
PIECE_CHARACTERS = 20_000
"""What is tokenised at once, between two looks at the deadline."""

_SPACE = re.compile(r"\s")
_BLANK_LINE = re.compile(r"\n\s*\n")


def pieces(text: str, size: int = PIECE_CHARACTERS) -> Iterator[tuple[int, int]]:
    """Bounds of pieces that cover `text`, each at most `size` long, cut at whitespace if any.

    Whitespace separates tokens, so cutting there changes none. A piece without any whitespace in
    its last half is cut where it is full.
    """
    start = 0
    while len(text) - start > size:
        end = start + size
        cut = next((at for at in range(end, end - size // 2, -1) if _SPACE.match(text, at)), end)
        yield start, cut
        start = cut
    yield start, len(text)


def paragraph_breaks(text: str, starts: NDArray[np.int64]) -> list[int]:
    """The numbers of the tokens with which a paragraph begins, but for the first. Pure.

    A paragraph is run by itself because the model misses a tenth of the names of a long mixed text
    that it finds where their paragraph stands alone.
    """
    ends = [match.end() for match in _BLANK_LINE.finditer(text)]
    breaks: list[int] = []
    for at in np.searchsorted(starts, ends):
        if at - (breaks[-1] if breaks else 0) >= PARAGRAPH_TOKENS and at < len(starts):
            breaks.append(int(at))
    return breaks


def windows(
    count: int,
    breaks: Iterable[int] = (),
    size: int = WINDOW_TOKENS,
    overlap: int = OVERLAP_TOKENS,
) -> Iterator[tuple[int, int, int, int]]:
    """Yields (start, end, first, last): run tokens `start:end`, believe `first:last` of them.

    What is believed covers `0:count` once. No window reaches over one of `breaks`, ascending token
    numbers; apart from that each part was run with `overlap // 2` tokens of context on either side.
    """
    before = 0
    for after in (*breaks, count):
        start = believed = before
        while start < after:
            end = min(start + size, after)
            last = after if end == after else end - overlap // 2
            yield start, end, believed, last
            if end == after:
                break
            start, believed = end - overlap, last
        before = after
