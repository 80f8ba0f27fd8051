"""Entries whose bodies are gone: pruned, as recorded, or taken away."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection

from router.audit.log.faults import Faults, places
from router.audit.log.pruning import Segment, recorded_segments
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

    def judge(self, connection: Connection, faults: Faults) -> int:
        """Names what went without a recorded act; returns how many went by one."""
        segments = []
        for segment, recorded in recorded_segments(connection):
            if recorded:
                segments.append(segment)
            else:
                faults.add(
                    f"pruned segment from place {segment.first_seq}",
                    "no act in the log says that it was pruned",
                    seq=segment.first_seq,
                )
        return sum(_judge(stretch, segments, faults) for stretch in self._stretches)


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
