"""A clock that tests move."""

from __future__ import annotations


class ManualClock:
    def __init__(self, at_s: float = 1_000.0) -> None:
        self.at_s = at_s

    def now_s(self) -> float:
        return self.at_s

    def monotonic_s(self) -> float:
        return self.at_s

    def advance(self, seconds: float) -> None:
        self.at_s += seconds
