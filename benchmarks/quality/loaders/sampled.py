"""A sample of a set that has all of its strata in it, the same for a seed."""

from __future__ import annotations

from collections.abc import Sequence

from benchmarks.privacy.generated.draw import Draw
from benchmarks.quality.item import Item


def sampled(found: Sequence[tuple[str, Item]], draw: Draw, count: int) -> tuple[Item, ...]:
    """Pairs of stratum and item → at most `count` items, drawn from the strata in turn."""
    strata: dict[str, list[Item]] = {}
    for stratum, item in found:
        strata.setdefault(stratum, []).append(item)
    chosen: list[Item] = []
    while strata and len(chosen) < count:
        for stratum in sorted(strata):
            left = strata[stratum]
            if not left:
                del strata[stratum]
            elif len(chosen) < count:
                chosen.append(left.pop(draw.below(len(left))))
    return tuple(chosen)
