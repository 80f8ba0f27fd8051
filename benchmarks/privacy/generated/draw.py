"""Randomness that is the same in every Python: built on `random()` alone.

The standard library promises the sequence of `Random.random()` for a seed, and of nothing else.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from random import Random
from typing import TypeVar

_T = TypeVar("_T")


class Draw:
    """A stream of choices. Streams of different names are independent of each other."""

    def __init__(self, seed: int, *name: str | int) -> None:
        key = "\0".join(map(str, (seed, *name))).encode()
        self._random = Random(int.from_bytes(hashlib.sha256(key).digest(), "big"))

    def below(self, bound: int) -> int:
        """An integer in [0, bound)."""
        return int(self._random.random() * bound)

    def between(self, low: int, high: int) -> int:
        """An integer in [low, high]."""
        return low + self.below(high - low + 1)

    def chance(self, probability: float) -> bool:
        return self._random.random() < probability

    def of(self, choices: Sequence[_T]) -> _T:
        return choices[self.below(len(choices))]

    def text(self, alphabet: str, length: int) -> str:
        return "".join(self.of(alphabet) for _ in range(length))

    def digits(self, length: int, *, first: str = "0123456789") -> str:
        return self.of(first) + self.text("0123456789", length - 1)
