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
_DIGITS = bytes.maketrans(b"123456789", b"000000000")
"""How many digits there are says something; which ones says nothing of a task."""
_PIECE_BYTES = 4
_MULTIPLIER = np.uint32(2654435761)
"""Knuth's, of multiplicative hashing: spreads neighbours over all buckets."""
_SHIFT = np.uint32(32 - BUCKET_BITS)
_SYSTEM, _USER = 1, 2
"""What the hashes of a text's words begin with, so that the same word is another in either."""
_PLACES = (101, 102, 103)
"""The same of the first words, which are hashed once more: orders begin with a verb."""


def buckets_of(texts: AskedTexts) -> Buckets:
    """The buckets that anything of the texts falls into, each once, sorted."""
    fallen = np.zeros(BUCKETS, dtype=np.bool_)
    words: list[int] = []
    for text, begin in ((texts.system, _SYSTEM), (texts.user, _USER)):
        small = text.lower()
        said = _bytes(small)
        words += _word_hashes(said, begin)
        if len(small) <= FIRST_CHARACTERS:
            fallen[_piece_hashes(said)] = True
        else:
            last = small[FIRST_CHARACTERS:][-LAST_CHARACTERS:]
            fallen[_piece_hashes(_bytes(small[:FIRST_CHARACTERS]))] = True
            fallen[_piece_hashes(_bytes(last))] = True
    fallen[np.array(words, dtype=np.int64) & (BUCKETS - 1)] = True
    return fallen.nonzero()[0]


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass").translate(_DIGITS)


def _word_hashes(text: bytes, begin: int) -> list[int]:
    """Words, pairs of neighbours, and the first words apart."""
    words: list[bytes] = _WORD.findall(text)
    said = [crc32(word, place + begin) for place, word in zip(_PLACES, words, strict=False)]
    for part in (words[:FIRST_WORDS], words[FIRST_WORDS:][-LAST_WORDS:]):
        alone = [crc32(word, begin) for word in part]
        said += alone
        said += map(crc32, part[1:], alone)
    return said


def _piece_hashes(text: bytes) -> Buckets:
    """Pieces of four bytes: endings and stems, in languages that inflect."""
    count = len(text) - _PIECE_BYTES + 1
    if count < 1:
        return np.empty(0, dtype=np.intp)
    # A number of four bytes, most significant first, from each byte on.
    packed = np.ndarray((count,), dtype=">u4", buffer=text, strides=(1,))
    # Of 32 bits, the multiplication keeps the lower ones; the upper of these are spread best.
    spread = packed.astype(np.uint32)
    spread *= _MULTIPLIER
    spread >>= _SHIFT
    return spread.astype(np.intp)
