"""Three ways to set a threshold by the same labels. Each gives None where it keeps nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from enum import StrEnum
from typing import TypeAlias

from router.risk.binomial import at_most
from router.risk.labelled import Labelled, split
from router.risk.learn_then_test import NothingCertified, Terms, learn_then_test

Chooser: TypeAlias = Callable[[Sequence[Labelled], Terms], float | None]


class Method(StrEnum):
    NAIVE = "naive"
    """The lowest threshold at which no more of the labels are wrong than may be."""
    BOUND_OF_ONE = "bound of one"
    """The lowest at which the bound holds, as if it were the only one that was looked at."""
    CERTIFIED = "certified"
    """What `ringfence route certify` does."""


def naive(labels: Sequence[Labelled], terms: Terms) -> float | None:
    return _lowest(labels, terms, lambda wrong, trials: wrong <= terms.max_wrong * trials)


def bound_of_one(labels: Sequence[Labelled], terms: Terms) -> float | None:
    """The bound is at most what may be where so few wrong answers are that improbable."""
    chance = 1 - terms.tested_confidence
    return _lowest(
        labels, terms, lambda wrong, trials: at_most(wrong, trials, terms.max_wrong) <= chance
    )


def certified(labels: Sequence[Labelled], terms: Terms) -> float | None:
    try:
        return learn_then_test(*split(labels), terms).threshold
    except NothingCertified:
        return None


CHOOSERS: dict[Method, Chooser] = {
    Method.NAIVE: naive,
    Method.BOUND_OF_ONE: bound_of_one,
    Method.CERTIFIED: certified,
}


def _lowest(
    labels: Sequence[Labelled], terms: Terms, passes: Callable[[int, int], bool]
) -> float | None:
    return next(
        (
            threshold
            for threshold, wrong, trials in reversed(list(_counted(labels, terms)))
            if passes(wrong, trials)
        ),
        None,
    )


def _counted(labels: Sequence[Labelled], terms: Terms) -> Iterator[tuple[float, int, int]]:
    """For each signal as a threshold, falling: how many are wrong, of how many that count."""
    ordered = sorted(labels, key=lambda each: -each.signal)
    wrong = 0
    for kept, each in enumerate(ordered, start=1):
        wrong += not each.is_right
        if kept == len(ordered) or ordered[kept].signal < each.signal:
            yield each.signal, wrong, terms.promise.trials(kept=kept, items=len(ordered))
