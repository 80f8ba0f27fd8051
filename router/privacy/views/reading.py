"""A text on its way through several rewritings, with the way back to the original."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from router.privacy.views.offsets import Bounds, Edit, OffsetMap, rewrite
from router.privacy.views.view import View

CONTEXT_CHARACTERS = 240
"""What is kept on each side of a change: patterns look for words up to 90 characters away."""
_WHOLE_BELOW = 1_500
_GAP = "\n\n"


@dataclass(frozen=True, slots=True)
class Reading:
    """`names` are what was done so far, and make the kind of the view; `changed` is where."""

    text: str = field(repr=False)
    names: tuple[str, ...] = ()
    maps: tuple[OffsetMap, ...] = field(default=(), repr=False)
    changed: Sequence[tuple[int, int]] = field(default=(), repr=False)

    def rewritten(self, edits: Sequence[Edit], *names: str) -> Reading:
        text, offsets, changed = rewrite(self.text, edits)
        return Reading(text, self.names + names, (offsets, *self.maps), changed)

    def excerpt(self) -> Reading:
        """What changed, with its surroundings; the whole where that is not much less."""
        size = len(self.text)
        if size < _WHOLE_BELOW:
            return self
        kept = _surroundings(self.changed, size)
        if kept is None:
            return self
        edits = []
        done = 0
        for start, end in [*kept, (size, size)]:
            cut, until = _to_gap(self.text, done, start, opens=done > 0, closes=start < size)
            if cut < until:
                edits.append(Edit(cut, until, _GAP if cut > 0 and until < size else ""))
            done = end
        text, offsets, _ = rewrite(self.text, edits)
        return Reading(text, self.names, (offsets, *self.maps), ())

    def shortened(self, size: int) -> Reading:
        """The first `size` characters."""
        return Reading(self.text[:size], self.names, self.maps, ())

    def view(self) -> View:
        size = len(self.text)
        return View(
            "+".join(self.names),
            self.text,
            Bounds(self.maps, size, 0),
            Bounds(self.maps, size, 1),
        )


def _surroundings(changed: Sequence[tuple[int, int]], size: int) -> list[tuple[int, int]] | None:
    """What to keep, merged; None as soon as that is more than half of it."""
    kept: list[tuple[int, int]] = []
    begun, until, total = 0, -1, 0
    for start, end in changed:
        if start - CONTEXT_CHARACTERS > until:
            if until >= 0:
                kept.append((begun, until))
                total += until - begun
            begun = max(0, start - CONTEXT_CHARACTERS)
        if end + CONTEXT_CHARACTERS > until:
            until = end + CONTEXT_CHARACTERS
            if 2 * (total + until - begun) > size:
                return None
    kept.append((begun, until))
    return kept


def _to_gap(text: str, start: int, end: int, *, opens: bool, closes: bool) -> tuple[int, int]:
    """Narrows what is cut out to whole words, so that no half word is left to mislead anybody."""
    reach = 40
    if opens:
        while start < end and reach and not text[start].isspace():
            start += 1
            reach -= 1
    reach = 40
    if closes:
        while end > start and reach and not text[end - 1].isspace():
            end -= 1
            reach -= 1
    return start, end
