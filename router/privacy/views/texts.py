"""All the texts to look at in place of one, bounded in number and size."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from router.privacy.views.decode import decode_once
from router.privacy.views.fold import fold
from router.privacy.views.hidden import reveal
from router.privacy.views.reading import Reading
from router.privacy.views.spell import spell
from router.privacy.views.view import View

DECODING_DEPTH = 2
_SURROGATE = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Views:
    """`views[0]` is the text as it is. `complete` is False where more was encoded than was decoded:
    what was not looked at is undetermined, never clean (I2)."""

    views: tuple[View, ...]
    complete: bool = True

    def __iter__(self) -> Iterator[View]:
        return iter(self.views)

    def __len__(self) -> int:
        return len(self.views)


def views(text: str, *, max_decoded_characters: int = 200_000) -> Views:
    """`text` as it is; folded where that differs; with what is spelled out written together; and
    with what is encoded decoded, two layers deep, each of these again folded and spelled.

    At most 12, of which all but the first hold only what changed and its surroundings when the
    text is long. Of decoded ones, with their surroundings, at most `max_decoded_characters` in all.
    Linear in the length of `text`; never raises; lone surrogates read as U+FFFD.
    """
    clean = text if text.isascii() else _SURROGATE.sub("\ufffd", text)
    gathering = _Gathering(max_decoded_characters)
    root = Reading(clean)
    hidden = reveal(root)
    if hidden is not None:
        gathering.add_decoded(hidden, 1)
    folded = fold(root)
    if folded is not None:
        gathering.add(folded.excerpt())
    gathering.read(folded or root, 0)
    return Views((View("as-is", clean), *gathering.found), gathering.complete)


class _Gathering:
    """What was found on the way; forgets nothing, and refuses what goes over the limit."""

    def __init__(self, limit: int) -> None:
        self.found: list[View] = []
        self.complete = True
        self._left = limit
        self._seen: set[str] = set()

    def read(self, reading: Reading, depth: int) -> None:
        """Everything in `reading`, which is folded and was added already."""
        spelled = spell(reading)
        if spelled is not None:
            self.add(spelled.excerpt())
        if depth >= DECODING_DEPTH:
            return
        decoded = decode_once(reading)
        if decoded is not None:
            self.add_decoded(decoded, depth + 1)
        if spelled is not None and depth == 0:
            decoded = decode_once(spelled)
            if decoded is not None:
                self.add_decoded(decoded, depth + 1)

    def add_decoded(self, decoded: Reading, depth: int) -> None:
        excerpt = decoded.excerpt()
        if len(excerpt.text) > self._left:
            self.complete = False
            excerpt = excerpt.shortened(self._left)
        self._left -= len(excerpt.text)
        folded = fold(excerpt) or excerpt
        if self.add(folded):
            self.read(folded, depth)

    def add(self, reading: Reading) -> bool:
        """Whether it was new."""
        if not reading.text or reading.text in self._seen:
            return False
        self._seen.add(reading.text)
        self.found.append(reading.view())
        return True
