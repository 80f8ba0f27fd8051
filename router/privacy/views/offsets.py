"""Where each character of a rewritten text came from, at a cost that grows with the edits only."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple, overload


class Edit(NamedTuple):
    """`text` takes the place of the characters from `start` up to `end`; `start < end`.

    `linear` says that it does so character for character, so that offsets stay exact within it.
    (A tuple: a hostile text makes a million of these, and a frozen dataclass costs more.)
    """

    start: int
    end: int
    text: str
    linear: bool = False


@dataclass(frozen=True, slots=True)
class OffsetMap:
    """Pieces of a rewritten text in ascending order; piece `k` begins at `at[k]`.

    Its characters were made of `source[k]` up to `until[k]`, all of them of all of it; or, where
    `until[k]` is negative, each of one character, counting from `source[k]`.
    """

    at: list[int]
    source: list[int]
    until: list[int]

    def span(self, index: int) -> tuple[int, int]:
        piece = bisect_right(self.at, index) - 1
        start, end = self.source[piece], self.until[piece]
        if end < 0:
            start += index - self.at[piece]
            end = start + 1
        return start, end


@dataclass(frozen=True, slots=True)
class Bounds(Sequence[int]):
    """One side (0 starts, 1 ends) of where the characters of a text came from, through every
    rewriting on the way; `maps` has the last one first."""

    maps: tuple[OffsetMap, ...]
    length: int
    side: int

    def __len__(self) -> int:
        return self.length

    @overload
    def __getitem__(self, index: int) -> int: ...
    @overload
    def __getitem__(self, index: slice) -> list[int]: ...
    def __getitem__(self, index: int | slice) -> int | list[int]:
        if isinstance(index, slice):
            return [self[at] for at in range(*index.indices(self.length))]
        if index < 0:
            index += self.length
        if not 0 <= index < self.length:
            raise IndexError
        for offsets in self.maps:
            start, end = offsets.span(index)
            index = end - 1 if self.side else start
        return index + self.side


def rewrite(text: str, edits: Iterable[Edit]) -> tuple[str, OffsetMap, list[tuple[int, int]]]:
    """Applies `edits`, which ascend and do not overlap.

    Returns the text, the map back, and where in the new text something is new (an empty span
    where something was only taken out).
    """
    parts: list[str] = []
    at: list[int] = []
    source: list[int] = []
    until: list[int] = []
    changed: list[tuple[int, int]] = []
    done = written = 0
    for start, end, new, linear in edits:
        if start > done:
            parts.append(text[done:start])
            at.append(written)
            source.append(done)
            until.append(-1)
            written += start - done
        before = written
        if new:
            parts.append(new)
            at.append(written)
            source.append(start)
            until.append(-1 if linear else end)
            written += len(new)
        changed.append((before, written))
        done = end
    if done < len(text):
        parts.append(text[done:])
        at.append(written)
        source.append(done)
        until.append(-1)
    return "".join(parts), OffsetMap(at, source, until), changed


def disjoint(edits: list[Edit]) -> list[Edit]:
    """In ascending order; of two that overlap, the one that begins first or is the longer."""
    kept: list[Edit] = []
    for edit in sorted(edits, key=lambda edit: (edit.start, -edit.end)):
        if not kept or edit.start >= kept[-1].end:
            kept.append(edit)
    return kept
