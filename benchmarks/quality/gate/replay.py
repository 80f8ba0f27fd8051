"""Items replayed under the old rules and the new: what was won, lost and paid, item by item.

A pair whose decision does not change has lost nothing, whoever answers it, and needs no outcome. A
request counts for the first model of its plan, or for what came of the cascade that it begins with.
A refusal answers nothing: its score and its cost are 0.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median

import numpy as np
from numpy.typing import NDArray

from benchmarks.quality.gate.asked import Asked
from benchmarks.quality.gate.outcomes import Cell, Item, Matrix, Served
from benchmarks.quality.gate.routing import Routing, Way
from router.policy.kinds import Kind
from router.task import Task

Values = NDArray[np.float64]

NANO_USD_PER_MICRO = 1_000
_DIGITS = 9


@dataclass(frozen=True, slots=True)
class Sides:
    """Under which two sets of rules, and on what outcomes."""

    matrix: Matrix
    old: Routing
    new: Routing


@dataclass(frozen=True, slots=True)
class Move:
    """From where to where, and what share of all that is judged."""

    before: str
    after: str
    share: float


@dataclass(frozen=True, slots=True)
class Replay:
    """Arrays are as long as `items`, each over all that is asked, by its share.

    `differences` are new minus old score where both are known; `changed` and `unknown` the shares
    of an item's requests whose decision changes, and of which nobody knows what comes of it. Costs
    are in nano-dollars, NaN where one of them is not known. `needed` are the outcomes by which
    `unknown` would be zero, by model; `unjudged` the share of all of which only a record of the
    same rules would tell, since a cascade answers it.
    """

    items: tuple[Item, ...]
    differences: Values
    changed: Values
    unknown: Values
    old_cost_nano_usd: Values
    new_cost_nano_usd: Values
    moves: tuple[Move, ...]
    needed: Mapping[str, tuple[Item, ...]]
    unjudged: float
    kinds: int

    @property
    def changes_nothing(self) -> bool:
        return not self.changed.any()


@dataclass(frozen=True, slots=True)
class _Known:
    score: float
    cost_nano_usd: float


_NOTHING = _Known(0.0, 0.0)


def replay(
    sides: Sides, asked: Sequence[Asked], items: Sequence[Item], *, only_changing: bool
) -> Replay:
    """Pure. Where `only_changing`, kinds that go elsewhere for no item are left out if others do:
    nobody said how often each is asked, and what does not change must not water down what does.
    """
    alike = _alike(items, sides.matrix)
    routed = [_routed(sides, each, alike) for each in asked]
    changing = [each for each in routed if each.changes]
    taken = changing if only_changing and changing else routed
    counted = [_OfKind(sides, each, items) for each in taken]
    total = sum(each.share for each in counted)
    shares = [each.share / total for each in counted]
    needed: dict[str, dict[Item, None]] = {}
    moves: dict[tuple[str, str], float] = {}
    for each, share in zip(counted, shares, strict=True):
        for key, lacking in each.needed.items():
            needed.setdefault(key, {}).update(lacking)
        for move, count in each.moves.items():
            moves[move] = moves.get(move, 0.0) + share * count / len(items)
    pairs = list(zip(shares, counted, strict=True))

    def summed(name: str) -> Values:
        rows = [share * getattr(each, name) for share, each in pairs]
        # Shares of one sum to one but for the last digit: what is lost in every kind is lost whole.
        return np.asarray(np.round(np.sum(rows, axis=0), _DIGITS), dtype=np.float64)

    return Replay(
        items=tuple(items),
        differences=summed("differences"),
        changed=summed("changed"),
        unknown=summed("unknown"),
        old_cost_nano_usd=summed("old_cost"),
        new_cost_nano_usd=summed("new_cost"),
        moves=tuple(
            Move(*move, share)
            for move, share in sorted(moves.items(), key=lambda each: (-each[1], each[0]))
        ),
        needed={key: tuple(sorted(lacking)) for key, lacking in sorted(needed.items())},
        unjudged=sum(share * each.unjudged for share, each in pairs) / len(items),
        kinds=len(counted),
    )


@dataclass(frozen=True, slots=True)
class _Routed:
    """Where a kind of requests goes under both rules, with the numbers of the items that do."""

    asked: Asked
    ways: tuple[tuple[Way, Way, tuple[int, ...]], ...]

    @property
    def changes(self) -> bool:
        return any(was != is_now for was, is_now, _ in self.ways)


def _routed(sides: Sides, asked: Asked, alike: Mapping[tuple[Task, int], Sequence[int]]) -> _Routed:
    return _Routed(
        asked,
        tuple(
            (sides.old.way(asked.kind, *known), sides.new.way(asked.kind, *known), tuple(numbers))
            for known, numbers in alike.items()
        ),
    )


def _alike(items: Sequence[Item], matrix: Matrix) -> dict[tuple[Task, int], list[int]]:
    """The numbers of the items by all that routing knows of them: task and tokens."""
    input_tokens = _input_tokens(matrix)
    found: dict[tuple[Task, int], list[int]] = {}
    for number, item in enumerate(items):
        found.setdefault((item.task, input_tokens[item]), []).append(number)
    return found


class _OfKind:
    """One kind of requests, over all items."""

    def __init__(self, sides: Sides, routed: _Routed, items: Sequence[Item]) -> None:
        self.share = routed.asked.share
        count = len(items)
        self.differences, self.changed, self.unknown = (np.zeros(count) for _ in range(3))
        self.old_cost, self.new_cost = (np.full(count, math.nan) for _ in range(2))
        self.moves: dict[tuple[str, str], int] = {}
        self.needed: dict[str, dict[Item, None]] = {}
        self.unjudged = 0
        self._sides = sides
        self._kind = routed.asked.kind
        for was, is_now, numbers in routed.ways:
            for index in numbers:
                self._add(index, items[index], was, is_now)

    def _add(self, index: int, item: Item, was: Way, is_now: Way) -> None:
        sides = self._sides
        before = _known(sides.matrix, sides.old, self._kind, item, was)
        after = _known(sides.matrix, sides.new, self._kind, item, is_now)
        if before is not None:
            self.old_cost[index] = before.cost_nano_usd
        if after is not None:
            self.new_cost[index] = after.cost_nano_usd
        if was == is_now:
            return
        self.changed[index] = 1.0
        move = (str(was), str(is_now))
        self.moves[move] = self.moves.get(move, 0) + 1
        if before is not None and after is not None:
            self.differences[index] = after.score - before.score
            return
        self.unknown[index] = 1.0
        lacking = [way for way, known in ((was, before), (is_now, after)) if known is None]
        if any(way.cascade for way in lacking):
            self.unjudged += 1
            return
        for way in lacking:
            if way.first is not None:
                self.needed.setdefault(way.first, {}).setdefault(item)


def _known(matrix: Matrix, side: Routing, kind: Kind, item: Item, way: Way) -> _Known | None:
    if way.first is None:
        return _NOTHING
    if way.cascade is not None:
        # Asked by whoever made the record: that its class was this kind's is taken for granted.
        served = Served(side.rules.policy.digest, kind.choice)
        cell = matrix.of_choices.get(served, {}).get(item)
        return None if cell is None else _Known(cell.score, cell.cost_nano_usd)
    cell = matrix.of_models.get(way.first, {}).get(item)
    if cell is None or not _of_these_weights(matrix, way):
        return None
    return _Known(cell.score, _cost_nano_usd(side, way.first, cell))


def _of_these_weights(matrix: Matrix, way: Way) -> bool:
    """Whether outcomes are of what is meant, as far as both say which weights that is."""
    measured = matrix.weights.get(way.first or "", frozenset())
    return way.weights_digest is None or measured <= {way.weights_digest}


def _cost_nano_usd(side: Routing, key: str, cell: Cell) -> float:
    """By the registry's price of today, not by what was paid when it was measured."""
    price = side.rules.registry.entries[key].spec.price
    micro_usd = (
        cell.input_tokens * price.input_usd_per_mtok
        + cell.output_tokens * price.output_usd_per_mtok
    )
    return micro_usd * NANO_USD_PER_MICRO


def _input_tokens(matrix: Matrix) -> dict[Item, int]:
    """How long an item usually is: the median over whatever answered it."""
    found: dict[Item, list[float]] = {}
    for cells in (*matrix.of_models.values(), *matrix.of_choices.values()):
        for item, cell in cells.items():
            found.setdefault(item, []).append(cell.input_tokens)
    return {item: round(median(lengths)) for item, lengths in found.items()}
