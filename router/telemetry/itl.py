"""How evenly a stream goes out: the time between its pieces, of which a user sees the longest."""

from __future__ import annotations


class Gaps:
    """Grows while an answer is delivered. A piece is what one chunk adds: a token, or some."""

    def __init__(self) -> None:
        self.between_s: list[float] = []
        self._pieces = 0
        self._last_s: float | None = None

    def goes_out(self, pieces: int, at_s: float) -> None:
        """A chunk is given out at `at_s`, on the monotonic clock; so many pieces came up to it.

        One that adds none, such as the first, which says who speaks, is not counted.
        """
        if pieces == self._pieces:
            return
        if self._last_s is not None:
            self.between_s.append(at_s - self._last_s)
        self._pieces, self._last_s = pieces, at_s
