"""Entries whose bodies are gone: pruned, as recorded, or taken away."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from router.audit.log.columns import column_digests
from router.audit.log.faults import Faults, places
from router.audit.log.segments import PrunedSegment, Segment, pruned_segments
from router.audit.log.verify_read import Row


@dataclass(slots=True)
class _Stretch:
    """Places from `first` to before `end`, one after the other, and the first one's names."""

    first: int
    end: int
    entry_id: str
    request_id: str | None


class Gone:
    """Collects places without a body, of which whole segments are one stretch."""

    def __init__(self) -> None:
        self._stretches: list[_Stretch] = []

    def add(self, row: Row) -> None:
        """A row of `verify_entries.logged`, in the order of places."""
        seq = row[0]
        if self._stretches and self._stretches[-1].end == seq:
            self._stretches[-1].end = seq + 1
        else:
            self._stretches.append(_Stretch(seq, seq + 1, row[3], row[5]))

    def judge(self, connection: Connection, faults: Faults) -> tuple[int, int]:
        """Names what went without a recorded act, and columns that are not what they were.

        Returns how many went by an act, and of how many of them no digest was kept.
        """
        segments, bare = [], []
        for pruned in pruned_segments(connection):
            segment = pruned.segment
            if not pruned.recorded:
                faults.add(
                    f"pruned segment from place {segment.first_seq}",
                    "no act in the log says that it was pruned",
                    seq=segment.first_seq,
                )
                continue
            segments.append(segment)
            self._look_for(pruned.kept, faults)
            if pruned.column_digests:
                _compare(connection, pruned, faults)
            else:
                bare.append(segment)
        gone = sum(_judge(stretch, segments, faults) for stretch in self._stretches)
        return gone, sum(_common(stretch, bare) for stretch in self._stretches)

    def _look_for(self, kept: Sequence[int], faults: Faults) -> None:
        """Acts outlive the pruning that they explain: without them others would seem unexplained,
        or what was there before the log would be anything."""
        for seq in kept:
            if any(stretch.first <= seq < stretch.end for stretch in self._stretches):
                faults.add(places(seq, seq + 1), "the entry is gone, and pruning kept it", seq=seq)


def _compare(connection: Connection, pruned: PrunedSegment, faults: Faults) -> None:
    """Bodies are gone, and kind, request and time stand in columns alone: their digest is left."""
    first, end = pruned.segment.first_seq, pruned.segment.end_seq
    step = pruned.block_leaves
    if len(pruned.column_digests) != -(-(end - first) // step):
        faults.add(places(first, end), "the act of pruning has not a digest for each", seq=first)
        return
    found = column_digests(connection, first, end, step)
    for number, (kept, now) in enumerate(zip(pruned.column_digests, found, strict=True)):
        if kept != now:
            at = first + number * step
            faults.add(
                places(at, min(at + step, end)),
                "id, kind, request or time of an entry is not what it was when this was pruned",
                seq=at,
            )


def _common(stretch: _Stretch, segments: list[Segment]) -> int:
    """How many of the stretch's places are in one of these."""
    shared = (
        min(stretch.end, segment.end_seq) - max(stretch.first, segment.first_seq)
        for segment in segments
    )
    return sum(each for each in shared if each > 0)


def _judge(stretch: _Stretch, segments: list[Segment], faults: Faults) -> int:
    """Names the stretch's places that are in no segment; returns how many are in one."""
    at, pruned = stretch.first, 0
    for segment in segments:
        first, end = max(at, segment.first_seq), min(stretch.end, segment.end_seq)
        if first < end:
            _name(stretch, at, first, faults)
            pruned += end - first
            at = end
    _name(stretch, at, stretch.end, faults)
    return pruned


def _name(stretch: _Stretch, first: int, end: int, faults: Faults) -> None:
    if first >= end:
        return
    begins = first == stretch.first
    faults.add(
        places(first, end),
        "the entry is gone, and no act in the log says that it was pruned",
        seq=first,
        entry_id=stretch.entry_id if begins else None,
        request_id=stretch.request_id if begins else None,
    )
