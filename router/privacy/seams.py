"""Where two texts of a request meet: a number cut in two is whole again only there.

Neighbouring messages, parts, arguments or items: whoever reads the request reads them one after the
other, so what stands at the end of one and at the start of the next is looked at together.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from router.domain import Finding, Segment

EDGE_CHARACTERS = 96
"""Twice the longest identifier, spaces included, so that a word which names it is there as well."""
MAX_JOINED_CHARACTERS = 2_000


@dataclass(frozen=True, slots=True)
class _Piece:
    """`length` characters of the joined text, from `start`, are the segment's from `offset`."""

    segment: int
    start: int
    length: int
    offset: int


@dataclass(frozen=True, slots=True)
class Seam:
    """`joined` is to be scanned; what is found there belongs to the segments it was made of."""

    joined: Segment
    _pieces: tuple[_Piece, ...]

    def locate(self, finding: Finding) -> tuple[Finding, ...]:
        """The finding, a part in each segment that it runs over; none if it crosses no seam, since
        then it was found where it stands.
        """
        parts = []
        for piece in self._pieces:
            start = max(finding.start, piece.start)
            end = min(finding.end, piece.start + piece.length)
            if start < end:
                moved = piece.offset - piece.start
                parts.append(
                    Finding(
                        finding.entity_type,
                        piece.segment,
                        start + moved,
                        end + moved,
                        finding.score,
                    )
                )
        return tuple(parts) if len(parts) > 1 else ()


def seams(segments: Sequence[Segment]) -> tuple[Seam, ...]:
    """The places where a number could run on from one segment into the next ones, or over one into
    that behind it: somebody else's "ok" does not cut a number in two.

    Texts of which nothing is a digit at the edge make none, so most requests have no seams.
    """
    found: list[Seam] = []
    run: list[_Piece] = []
    for number, segment in enumerate(segments):
        text = segment.text
        head = text[:EDGE_CHARACTERS]
        if run and _runs_on(head):
            run.append(_piece(run, number, 0, len(head)))
        else:
            _end(run, segments, found)
        length = run[-1].start + run[-1].length if run else 0
        if len(text) > EDGE_CHARACTERS or length > MAX_JOINED_CHARACTERS or not run:
            _end(run, segments, found)
            tail = text[-EDGE_CHARACTERS:]
            if _runs_on(tail):
                run.append(_piece(run, number, len(text) - len(tail), len(tail)))
        if number >= 2:
            _end(_over_one(segments, number), segments, found)
    _end(run, segments, found)
    return tuple(found)


def _over_one(segments: Sequence[Segment], number: int) -> list[_Piece]:
    """The last but one before this, and this, where they look as if they belonged together."""
    before, text = segments[number - 2].text, segments[number].text
    tail, head = before[-EDGE_CHARACTERS:], text[:EDGE_CHARACTERS]
    if not (_ends_in_digit(tail) and _ends_in_digit(head[::-1])):
        return []
    first = _Piece(number - 2, 0, len(tail), len(before) - len(tail))
    return [first, _Piece(number, len(tail), len(head), 0)]


def _ends_in_digit(text: str) -> bool:
    """Ignoring what stands between the groups of a number."""
    bare = text.rstrip(" \t\r\n-./")
    return bare[-1:].isdigit()


def _piece(run: list[_Piece], segment: int, offset: int, length: int) -> _Piece:
    start = run[-1].start + run[-1].length if run else 0
    return _Piece(segment, start, length, offset)


def _end(run: list[_Piece], segments: Sequence[Segment], found: list[Seam]) -> None:
    if len(run) > 1:
        text = "".join(
            segments[piece.segment].text[piece.offset : piece.offset + piece.length]
            for piece in run
        )
        found.append(Seam(Segment(segments[run[0].segment].path, text, joined=True), tuple(run)))
    run.clear()


def _runs_on(text: str) -> bool:
    """A digit, or nothing but punctuation: a dash between two halves is a part of the number."""
    return any(map(str.isdigit, text)) or not any(map(str.isalpha, text))
