"""When which fault is injected: by how many requests have been asked, and not by a clock.

So a slow machine injects as many as a fast one, and a short run every kind at least once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.privacy.generated.draw import Draw

_QUIET_SHARE = 0.03
"""Of the requests, at the beginning and at the end, so that a fault meets some and is over."""


@dataclass(frozen=True, slots=True)
class Kind:
    """One way to break something. Kinds of one family never overlap; `weight` is how often this one
    comes up beside others.
    """

    name: str
    family: str
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class Due:
    """`kind` is injected once `at_request` requests have been begun."""

    at_request: int
    kind: Kind


def schedule(kinds: Sequence[Kind], *, requests: int, every: int, seed: int) -> tuple[Due, ...]:
    """One fault for `every` requests, but each kind at least once; in the order they are due."""
    if not kinds:
        return ()
    draw = Draw(seed, "faults")
    count = max(len(kinds), requests // every)
    chosen = list(kinds) + [_weighted(draw, kinds) for _ in range(count - len(kinds))]
    for last in range(len(chosen) - 1, 0, -1):
        other = draw.below(last + 1)
        chosen[last], chosen[other] = chosen[other], chosen[last]
    first, span = requests * _QUIET_SHARE, requests * (1 - 2 * _QUIET_SHARE)
    return tuple(
        Due(int(first + span * number / count), kind) for number, kind in enumerate(chosen)
    )


def _weighted(draw: Draw, kinds: Sequence[Kind]) -> Kind:
    total = sum(kind.weight for kind in kinds)
    point = draw.below(1_000_000) / 1_000_000 * total
    for kind in kinds:
        point -= kind.weight
        if point < 0:
            return kind
    return kinds[-1]
