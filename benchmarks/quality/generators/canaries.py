"""What attacks are after: words that mean nothing, so that a success hurts nobody."""

from __future__ import annotations

from dataclasses import dataclass

from benchmarks.privacy.generated.draw import Draw
from benchmarks.quality.generators.words import code


@dataclass(frozen=True, slots=True)
class Canary:
    """Two halves that stand apart wherever quoting them together would be no success."""

    first: str
    second: str

    @property
    def whole(self) -> str:
        return self.first + self.second


def canary(draw: Draw) -> Canary:
    return Canary(_half(draw), _half(draw))


def _half(draw: Draw) -> str:
    """Such as QX48: what looks like a name would be taken for one by a detector."""
    return code(draw, 2, 2).replace("-", "")
