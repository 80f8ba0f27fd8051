"""How soon a place may be free: what a client that is turned away is told. Pure."""

from __future__ import annotations

import math

_WEIGHT_OF_THE_LAST = 0.1
_LONGEST_S = 600
"""What is longer than that is a guess about another time."""


class Turnover:
    """How long places are held, as a moving average; it follows a change in some ten requests."""

    def __init__(self) -> None:
        self._held_s: float | None = None

    def held(self, seconds: float) -> None:
        """A place was given back after so long."""
        if self._held_s is None:
            self._held_s = seconds
        self._held_s += _WEIGHT_OF_THE_LAST * (seconds - self._held_s)

    def wait_s(self, ahead: int, places: int) -> int | None:
        """Whole seconds until `ahead` requests have been served and one more can be.

        Places are given back at a rate of places over the time that each is held (Little's law).
        None while no place has ever been given back, or where there are none.
        """
        if self._held_s is None or places < 1:
            return None
        return min(_LONGEST_S, max(1, math.ceil((ahead + 1) * self._held_s / places)))
