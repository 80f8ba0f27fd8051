"""A replay's items as pairs: what each scored under the old rules and the new, and what follows."""

from __future__ import annotations

from dataclasses import dataclass, replace

from benchmarks.quality.gate.noninferiority import Difference, difference
from benchmarks.quality.gate.replay import Replay
from benchmarks.quality.gate.rerun import Weighed


@dataclass(frozen=True, slots=True)
class Pairs:
    """`changed` is the share of all that is judged whose decision changes; `won` and `lost` count
    items, once each, whatever they weigh and as far as all of them is known.
    """

    difference: Difference
    changed: float
    won: int
    lost: int

    @property
    def items(self) -> float:
        return self.difference.items


def paired(replayed: Replay, weighted: Weighed) -> Pairs:
    """The items that count. Raises ValueError where there is none."""
    is_in = weighted.weights > 0
    weights = weighted.weights[is_in]
    sampled = weighted.sampled
    if sampled is not None:
        sampled = replace(sampled, chosen=sampled.chosen[is_in])
    total = float(weights.sum())
    known = is_in & (replayed.unknown == 0)
    return Pairs(
        difference=difference(
            replayed.differences[is_in],
            weights=None if sampled is None else weights,
            sampled=sampled,
            missing=float(weights @ replayed.unknown[is_in]) / total,
        ),
        changed=float(weights @ replayed.changed[is_in]) / total,
        won=int((replayed.differences[known] > 0).sum()),
        lost=int((replayed.differences[known] < 0).sum()),
    )
