"""Critical slices: where a harm counts, however well the whole does."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from benchmarks.quality.gate.holm import adjusted
from benchmarks.quality.gate.mcnemar import p_worse
from benchmarks.quality.gate.needed import fewest_items
from benchmarks.quality.gate.noninferiority import ALPHA
from benchmarks.quality.gate.replay import Replay
from benchmarks.quality.gate.rerun import Weighed
from router.gate.rules import CriticalSlice

SHOWS = 0.05
"""The share of a slice's items that, if lost, has to show: it takes 59 items."""


class SliceState(StrEnum):
    """`untouched`: no decision changes, so that nothing can be lost."""

    UNTOUCHED = "untouched"
    UNHARMED = "unharmed"
    HARMED = "harmed"
    TOO_FEW = "too_few"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Counted:
    """What a slice's items did; `unknown` is the share of its requests of which nobody knows."""

    critical: CriticalSlice
    items: int
    changed: float
    won: int
    lost: int
    unknown: float


@dataclass(frozen=True, slots=True)
class SliceResult:
    """`p` is after Holm's correction over all slices; None where nothing was tested."""

    counted: Counted
    state: SliceState
    p: float | None = None


def counted(critical: CriticalSlice, found: Replay | None, weights: Weighed | None) -> Counted:
    """None for a slice that no item is in. Items count once each, whatever they weigh."""
    if found is None or weights is None:
        return Counted(critical, 0, 0.0, 0, 0, 0.0)
    is_in = weights.weights > 0
    known = is_in & (found.unknown == 0)
    items = int(is_in.sum())
    total = float(weights.weights.sum())
    return Counted(
        critical=critical,
        items=items,
        changed=float(weights.weights @ found.changed) / total if total else 0.0,
        won=int((found.differences[known] > 0).sum()),
        lost=int((found.differences[known] < 0).sum()),
        unknown=float(weights.weights @ found.unknown) / total if total else 0.0,
    )


def judged(slices: list[Counted]) -> tuple[SliceResult, ...]:
    """McNemar's exact test of each slice in which something changes, with Holm's correction.

    All of those are corrected for, also those with too few items to be tested well.
    """
    changing = [each for each in slices if each.items and each.changed]
    p_values = adjusted([p_worse(each.won, each.lost) for each in changing])
    p_of = {each.critical.name: p for each, p in zip(changing, p_values, strict=True)}
    return tuple(
        SliceResult(each, _state(each, p_of.get(each.critical.name)), p_of.get(each.critical.name))
        for each in slices
    )


def _state(slice_: Counted, p: float | None) -> SliceState:
    if not slice_.items:
        return SliceState.TOO_FEW
    if p is None:
        return SliceState.UNTOUCHED
    if p < ALPHA:
        return SliceState.HARMED
    if slice_.unknown > SHOWS:
        return SliceState.UNKNOWN
    return SliceState.UNHARMED if slice_.items >= fewest_items(SHOWS) else SliceState.TOO_FEW
