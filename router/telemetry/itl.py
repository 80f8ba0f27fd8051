"""Inter-token latency: how evenly a stream goes out, of which its user sees the longest pause."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass

BOUNDS_S = (
    *(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.2),
    *(0.3, 0.4, 0.5, 0.75, 1.0, 2.5, 5.0, 10.0, 30.0),
)


@dataclass(frozen=True, slots=True)
class ItlCounts:
    """How many latencies are at most each of BOUNDS_S and above the one before; last, above all."""

    counts: tuple[int, ...] = (0,) * (len(BOUNDS_S) + 1)
    sum_s: float = 0.0


class InterTokenLatency:
    """Counts while an answer is delivered, in the same room however long that is.

    From one piece of text to the next: a piece is what one chunk adds, one token or several.
    """

    def __init__(self) -> None:
        self._counts = [0] * (len(BOUNDS_S) + 1)
        self._sum_s = 0.0
        self._pieces = 0
        self._last_s: float | None = None

    def went_out(self, piece_count: int, at_s: float) -> None:
        """A chunk has gone out, at `at_s` on the monotonic clock; so many pieces up to it.

        One that adds none, such as the first, which says who speaks, is not counted.
        """
        if piece_count != self._pieces:
            self.broke_off(at_s)
            self._pieces, self._last_s = piece_count, at_s

    def broke_off(self, at_s: float) -> None:
        """Nothing has come since the last piece, and nothing will."""
        if self._last_s is not None:
            itl_s = at_s - self._last_s
            self._counts[bisect_left(BOUNDS_S, itl_s)] += 1
            self._sum_s += itl_s
            self._last_s = None

    def counted(self) -> ItlCounts:
        return ItlCounts(tuple(self._counts), self._sum_s)
