"""A sliding window over text that is still growing: what was judged goes, what is open stays. Pure.

Text comes in with `add`. `view` is what a detector is to look at now: what is held, after a little
of what has gone, since a detector judges words by their neighbours. `settle` takes what it found
and gives out all that nothing can begin in any more, findings replaced.

Every character is looked at a bounded number of times, however long the text gets: a view is at
most the context, the held tail and what came since.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from router.privacy.output.mask import Hit, Region, regions_of
from router.privacy.output.open_tail import MAX_HELD_CHARACTERS, open_from

CONTEXT_CHARACTERS = 256
MAX_VIEW_CHARACTERS = 8_000
"""A detector keeps its deadline with as much."""


@dataclass(frozen=True, slots=True)
class Settled:
    """`text` may go to the client. `entity_types` has one for each hit that was settled in it."""

    text: str = field(repr=False)
    entity_types: tuple[str, ...] = ()


class Window:
    """The text of one place in an answer. Holds text in memory only (I6)."""

    def __init__(self) -> None:
        self._context = ""
        self._held = ""
        self._viewed = 0
        self._inside_masked = False

    @property
    def unseen(self) -> int:
        """Characters that no view has shown yet."""
        return len(self._held) - self._viewed

    @property
    def held(self) -> int:
        return len(self._held)

    def add(self, text: str) -> None:
        """Some servers cut a character in half: the halves are one character again."""
        cut = bool(self.unseen) and "\udc00" <= text[:1] <= "\udfff"
        self._held += text
        if cut:
            half = len(self._held) - len(text) - 1
            pair = self._held[half : half + 2].encode("utf-16", "surrogatepass")
            whole = pair.decode("utf-16", "surrogatepass")
            self._held = self._held[:half] + whole + self._held[half + 2 :]

    def view(self) -> str:
        """What to look at now; `settle` has to follow before the next."""
        self._viewed = min(len(self._held), MAX_VIEW_CHARACTERS)
        return self._context + self._held[: self._viewed]

    def settle(self, hits: Iterable[Hit], *, ended: bool = False, final: bool = False) -> Settled:
        """Lets go of what is settled, given all `hits` in the last view.

        `ended` as in `open_from`; `final` says that no text will follow, so that all of the view
        goes. Hits that lie in what has gone are left alone: they were settled then.
        """
        base, end = len(self._context), len(self._context) + self._viewed
        text = self._context + self._held[: self._viewed]
        seen_all = self.unseen == 0
        fresh = [hit for hit in hits if hit.end > base]
        regions = [replace(region, end=min(region.end, end)) for region in regions_of(fresh)]
        to = end
        if not (final and seen_all):
            to = self._settled_to(text, base, end, regions, ended=ended and seen_all)
        settled = Settled(self._text(text, base, to, regions), self._counted(fresh, base, to))
        self._move(text, to, regions)
        return settled

    def _settled_to(
        self, text: str, base: int, end: int, regions: list[Region], *, ended: bool
    ) -> int:
        to = max(base, open_from(text, ended=ended))
        for region in reversed(regions):
            # What touches the end may grow yet.
            if region.start < to < region.end or (region.end == end and not ended):
                to = min(to, max(base, region.start))
        if to < end - MAX_HELD_CHARACTERS:
            to = end - MAX_HELD_CHARACTERS
            for region in regions:
                if region.start < to < region.end:
                    to = region.end
        return to

    def _text(self, text: str, base: int, to: int, regions: list[Region]) -> str:
        parts: list[str] = []
        done = base
        for region in regions:
            if region.start >= to:
                break
            parts.append(text[done : max(done, region.start)])
            # The rest of what was masked already needs no mask of its own.
            if not (region.start < base and self._inside_masked):
                parts.append(region.placeholder)
            done = region.end
        parts.append(text[done:to])
        return "".join(parts)

    def _counted(self, hits: list[Hit], base: int, to: int) -> tuple[str, ...]:
        return tuple(
            hit.entity_type
            for hit in hits
            if hit.start < to and not (hit.start < base and self._inside_masked)
        )

    def _move(self, text: str, to: int, regions: list[Region]) -> None:
        base = len(self._context)
        if to > base:
            self._inside_masked = any(region.start < to == region.end for region in regions)
        self._held = self._held[to - base :]
        self._viewed -= to - base
        self._context = _context(text[:to])


def _context(text: str) -> str:
    """The last of `text`, from the beginning of a word: half a number looks like another one."""
    if len(text) <= CONTEXT_CHARACTERS:
        return text
    cut = text[-CONTEXT_CHARACTERS:]
    if text[-CONTEXT_CHARACTERS - 1].isspace():
        return cut
    for position, character in enumerate(cut):
        if character.isspace():
            return cut[position:]
    return cut
