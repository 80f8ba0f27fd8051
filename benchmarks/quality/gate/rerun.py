"""Asking again: only what a change needs and nobody has measured, and no more of it than agreed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from benchmarks.quality.gate.noninferiority import Sampled, Values
from benchmarks.quality.gate.outcomes import Cell, Item
from benchmarks.quality.gate.replay import Replay


class Ask(Protocol):
    """Has one model, by its registry key, answer items; what failed is not in what returns."""

    def __call__(self, model: str, items: Sequence[Item]) -> Mapping[Item, Cell]: ...


@dataclass(frozen=True, slots=True)
class Rerun:
    """`chosen` of `of` items were asked again, drawn at random where that are not all."""

    chosen: frozenset[Item]
    of: int
    cells: Mapping[str, Mapping[Item, Cell]]


def rerun(needed: Mapping[str, Sequence[Item]], most: int, ask: Ask, seed: int = 1) -> Rerun:
    """Asks for the outcomes that are needed of at most so many items, each of every model that is
    needed of it. Effects: requests through a gateway.
    """
    items = sorted({item for lacking in needed.values() for item in lacking})
    taken = items
    if len(items) > most:
        drawn = np.random.default_rng(seed).choice(len(items), size=most, replace=False)
        taken = [items[index] for index in sorted(drawn)]
    chosen = frozenset(taken)
    cells = {
        model: ask(model, wanted)
        for model, lacking in needed.items()
        if (wanted := [item for item in lacking if item in chosen])
    }
    return Rerun(chosen, len(items), cells)


@dataclass(frozen=True, slots=True)
class Weighed:
    """Items with their weights: 0 for what would have to be asked again and was not drawn."""

    weights: Values
    sampled: Sampled | None


def weighed(before: Replay, done: Rerun | None) -> Weighed:
    """The weights of a replay's items, by what it needed before anything was asked again.

    A random part of all that is needed is a random part of what one replay of it needs. Where it is
    empty, what is needed stays unknown, and counts as that.
    """
    weights = np.ones(len(before.items))
    if done is None:
        return Weighed(weights, None)
    needed = {item for lacking in before.needed.values() for item in lacking}
    is_needed = np.array([item in needed for item in before.items], dtype=np.bool_)
    is_chosen = np.array([item in done.chosen for item in before.items], dtype=np.bool_)
    of, taken = int(is_needed.sum()), int((is_needed & is_chosen).sum())
    if taken in {0, of}:
        return Weighed(weights, None)
    weights[is_needed] = 0.0
    weights[is_needed & is_chosen] = of / taken
    return Weighed(weights, Sampled(is_needed & is_chosen, taken, of))
