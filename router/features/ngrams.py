"""A text as a bag of hashed words and pieces of words: what the task classifier reads. Pure.

Both training and serving come through here; a change makes the shipped weights meaningless, which
`VERSION` is there to say.
"""

from __future__ import annotations

import re
from typing import TypeAlias
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from router.features.texts import AskedTexts

VERSION = 1
BUCKET_BITS = 14
BUCKETS = 2**BUCKET_BITS
FIRST_WORDS, LAST_WORDS = 48, 24
FIRST_CHARACTERS, LAST_CHARACTERS = 300, 150
"""Of each text: instructions stand at its beginning or at its end, and between them is what they
are about, which is as often a contract as a complaint."""

Buckets: TypeAlias = NDArray[np.intp]

_WORD = re.compile(rb"[\w\x80-\xff]+|[?:{}<>=]")
_DIGITS = str.maketrans("123456789", "000000000")
"""How many digits there are says something; which ones says nothing of a task."""
_PIECE_BYTES = 4
_MULTIPLIER = 2654435761
"""Knuth's, of multiplicative hashing: spreads neighbours over all buckets."""
_SYSTEM, _USER = 1, 2
"""What the hashes of a text's words begin with, so that the same word is another in either."""
_PLACES = (101, 102, 103)
"""The same of the first words, which are hashed once more: orders begin with a verb."""


def buckets_of(texts: AskedTexts) -> Buckets:
    """The buckets that anything of the texts falls into, each once, sorted."""
    fallen = np.zeros(BUCKETS, dtype=np.bool_)
    for text, begin in ((texts.system, _SYSTEM), (texts.user, _USER)):
        if text:
            small = text.lower().translate(_DIGITS)
            fallen[np.array(_word_hashes(small, begin), dtype=np.int64) % BUCKETS] = True
            fallen[_piece_hashes(small[:FIRST_CHARACTERS])] = True
            if len(small) > FIRST_CHARACTERS:
                fallen[_piece_hashes(small[FIRST_CHARACTERS:][-LAST_CHARACTERS:])] = True
    return np.flatnonzero(fallen)


def _word_hashes(text: str, begin: int) -> list[int]:
    """Words, pairs of neighbours, and the first words apart."""
    words: list[bytes] = _WORD.findall(text.encode("utf-8", "surrogatepass"))
    said = [crc32(word, place + begin) for place, word in zip(_PLACES, words, strict=False)]
    for part in (words[:FIRST_WORDS], words[FIRST_WORDS:][-LAST_WORDS:]):
        alone = [crc32(word, begin) for word in part]
        said += alone
        said += [crc32(word, before) for before, word in zip(alone, part[1:], strict=False)]
    return said


def _piece_hashes(text: str) -> Buckets:
    """Pieces of four bytes: endings and stems, in languages that inflect."""
    raw = np.frombuffer(text.encode("utf-8", "surrogatepass"), dtype=np.uint8)
    if len(raw) < _PIECE_BYTES:
        return np.empty(0, dtype=np.intp)
    wide = raw.astype(np.uint32)
    packed = wide[:-3] << 24 | wide[1:-2] << 16 | wide[2:-1] << 8 | wide[3:]
    # Of 32 bits, the multiplication keeps the lower ones; the upper of these are spread best.
    spread = packed * np.uint32(_MULTIPLIER)
    return (spread >> np.uint32(32 - BUCKET_BITS)).astype(np.intp)
