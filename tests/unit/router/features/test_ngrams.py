"""A text falls into the same buckets as when the weights were made, whatever is written in it."""

from __future__ import annotations

import re
from itertools import pairwise
from zlib import crc32

from hypothesis import example, given
from hypothesis import strategies as st

from router.features.ngrams import BUCKET_BITS, BUCKETS, buckets_of
from router.features.texts import AskedTexts

MULTIPLIER = 2654435761


def buckets_by_hand(texts: AskedTexts) -> list[int]:
    """The definition, one word and one piece after the other."""
    found = set()
    for text, begin in ((texts.system, 1), (texts.user, 2)):
        small = re.sub("[1-9]", "0", text.lower())
        words = re.findall(rb"[\w\x80-\xff]+|[?:{}<>=]", small.encode("utf-8", "surrogatepass"))
        for place, word in zip((101, 102, 103), words, strict=False):
            found.add(crc32(word, place + begin) % BUCKETS)
        for part in (words[:48], words[48:][-24:]):
            for word in part:
                found.add(crc32(word, begin) % BUCKETS)
            for before, word in pairwise(part):
                found.add(crc32(word, crc32(before, begin)) % BUCKETS)
        for piece in (small[:300], small[300:][-150:]):
            raw = piece.encode("utf-8", "surrogatepass")
            for at in range(len(raw) - 3):
                number = int.from_bytes(raw[at : at + 4], "big")
                found.add(number * MULTIPLIER % 2**32 >> 32 - BUCKET_BITS)
    return sorted(found)


@given(st.text(max_size=900), st.text(max_size=400))
@example("", "")
@example("1", "...")
@example("Fasse 27 Seiten zusammen: " + "Müller schuldet 40 €, \U0001f600 " * 20, "Antworte kurz.")
@example("word " * 200 + "\udcff", "abc")
def test_any_text_falls_where_the_definition_says(user: str, system: str) -> None:
    texts = AskedTexts(system, user)
    assert buckets_of(texts).tolist() == buckets_by_hand(texts)
