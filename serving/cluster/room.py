"""How many replicas fit, by what Ray has free. Pure.

A replica takes all its bundles of one node. Ray may still find no room where GPUs are taken in
parts: two halves of two GPUs are not one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from serving.cluster.nodes import Node

_ROUNDING = 1e-4
"""Ray's own: it keeps ten-thousandths."""

MOST = 1_000
"""Where a replica takes nothing, any number fits; nobody asks for more than this."""


@dataclass(frozen=True, slots=True)
class Demand:
    """So many replicas more of something, each of these bundles."""

    name: str
    replicas: int
    bundles: Sequence[Mapping[str, float]]


@dataclass(frozen=True, slots=True)
class Shortage:
    """A demand for which there is no room: only `fitting` of the replicas have some, and why."""

    name: str
    replicas: int
    fitting: int
    why: str


def needed(bundles: Iterable[Mapping[str, float]]) -> dict[str, float]:
    """What one replica takes of its node."""
    total: dict[str, float] = {}
    for bundle in bundles:
        for name, amount in bundle.items():
            total[name] = total.get(name, 0.0) + amount
    return {name: amount for name, amount in total.items() if amount > 0}


class Room:
    """What is free, less what has been promised; `take` promises."""

    def __init__(self, nodes: Iterable[Node]) -> None:
        self._nodes = tuple(nodes)
        self._free = [dict(node.free) for node in self._nodes]

    def fitting(self, bundles: Sequence[Mapping[str, float]], most: int = MOST) -> int:
        """How many such replicas fit yet. Promises nothing."""
        return self._place(needed(bundles), most, [dict(free) for free in self._free])

    def give_back(self, bundles: Sequence[Mapping[str, float]], replicas: int) -> None:
        """Room of replicas that leave before others come, on whichever nodes they are.

        An estimate: they are spread over the nodes that could hold them.
        """
        want = needed(bundles)
        for number in range(replicas):
            able = [
                free
                for free, node in zip(self._free, self._nodes, strict=True)
                if all(
                    node.total.get(name, 0.0) + _ROUNDING >= free.get(name, 0.0) + amount
                    for name, amount in want.items()
                )
            ]
            if able:
                for name, amount in want.items():
                    able[number % len(able)][name] = able[number % len(able)].get(name, 0) + amount

    def take(self, demand: Demand) -> Shortage | None:
        """Promises room for all the replicas, or says why there is none and promises nothing."""
        want = needed(demand.bundles)
        free = [dict(each) for each in self._free]
        fitting = self._place(want, demand.replicas, free)
        if fitting < demand.replicas:
            return Shortage(demand.name, demand.replicas, fitting, self._why(want))
        self._free = free
        return None

    def _place(self, want: Mapping[str, float], most: int, free: Sequence[dict[str, float]]) -> int:
        placed = 0
        for node in free:
            while placed < most and _fits(want, node):
                for name, amount in want.items():
                    node[name] = node[name] - amount
                placed += 1
        return placed

    def _why(self, want: Mapping[str, float]) -> str:
        """The resource that ends it: one that no node has enough of, or has enough of free."""
        able = [at for at, node in enumerate(self._nodes) if _fits(want, node.total)]
        for name, amount in want.items():
            if not any(node.total.get(name) for node in self._nodes):
                return f"no node has {name}"
            most = max(node.total.get(name, 0.0) for node in self._nodes)
            if most + _ROUNDING < amount:
                return f"a replica takes {amount:g} {name} of one node, and none has over {most:g}"
        if not able:
            return f"no node has all of {', '.join(sorted(want))}"
        for name, amount in want.items():
            most = max(self._free[at].get(name, 0.0) for at in able)
            if most + _ROUNDING < amount:
                nodes = f"{len(able)} nodes" if len(able) > 1 else "1 node"
                return (
                    f"a replica takes {amount:g} {name}, and of the {nodes} that could hold one "
                    f"none has over {most:g} free"
                )
        return "what is free is used up by then"


def _fits(want: Mapping[str, float], free: Mapping[str, float]) -> bool:
    return all(free.get(name, 0.0) + _ROUNDING >= amount for name, amount in want.items())
