"""Critical slices: where a harm counts, however well the whole does.

Two questions, and two kinds of care. Whether a slice is worse is asked of each, and one false alarm
fails a change: McNemar's exact test, with Holm's correction over all of them. Whether a harm is
excluded has to hold of every slice at once. A change that harms one of them beyond its margin
passes only if the bound of that very slice is wrong, with ALPHA at most, however many slices there
are: no correction (the intersection-union test of Berger, Multiparameter hypothesis testing and
acceptance sampling, Technometrics 24, 1982). What is neither shown nor excluded passes nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from benchmarks.quality.gate.holm import adjusted
from benchmarks.quality.gate.mcnemar import p_worse
from benchmarks.quality.gate.needed import fewest_items, items_needed
from benchmarks.quality.gate.noninferiority import ALPHA
from benchmarks.quality.gate.pairs import Pairs
from router.gate.rules import CriticalSlice


class SliceState(StrEnum):
    """`untouched`: no decision changes, so that nothing can be lost. `unharmed`: a harm beyond the
    slice's margin is excluded; `unsure`: it is not. `unknown`: it would be, but for the items of
    which nobody knows what comes of them.
    """

    UNTOUCHED = "untouched"
    UNHARMED = "unharmed"
    HARMED = "harmed"
    TOO_FEW = "too_few"
    UNSURE = "unsure"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Counted:
    """A slice and what its items did; `pairs` is None where no item is in it."""

    critical: CriticalSlice
    pairs: Pairs | None

    @property
    def items(self) -> float:
        return 0.0 if self.pairs is None else self.pairs.items

    @property
    def fewest(self) -> int:
        """With fewer items a harm of the margin would not show."""
        return fewest_items(self.critical.margin)

    @property
    def needed(self) -> int | None:
        """See `items_needed`."""
        if self.pairs is None:
            return self.fewest
        return items_needed(self.pairs.difference, self.critical.margin)


@dataclass(frozen=True, slots=True)
class SliceResult:
    """`p` is after Holm's correction over all slices; None where nothing was tested."""

    counted: Counted
    state: SliceState
    p: float | None = None


def judged(slices: Sequence[Counted]) -> tuple[SliceResult, ...]:
    """The state of each slice. All in which something changes are corrected for, also those with
    too few items to be tested well.
    """
    changing = [
        (number, each.pairs)
        for number, each in enumerate(slices)
        if each.pairs is not None and each.pairs.changed
    ]
    p_values = adjusted([p_worse(pairs.won, pairs.lost) for _, pairs in changing])
    p_of = {number: p for (number, _), p in zip(changing, p_values, strict=True)}
    return tuple(
        SliceResult(each, _state(each, p_of.get(number)), p_of.get(number))
        for number, each in enumerate(slices)
    )


def _state(slice_: Counted, p: float | None) -> SliceState:
    if slice_.pairs is None:
        return SliceState.TOO_FEW
    if p is None:
        return SliceState.UNTOUCHED
    if p < ALPHA:
        return SliceState.HARMED
    if slice_.items < slice_.fewest:
        return SliceState.TOO_FEW
    found, margin = slice_.pairs.difference, slice_.critical.margin
    if found.is_noninferior(margin):
        return SliceState.UNHARMED
    return SliceState.UNKNOWN if found.low + found.missing > -margin else SliceState.UNSURE
