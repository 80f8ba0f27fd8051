"""The nodes of a cluster as Ray keeps its books of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

_ZONE = "zone:"
_ACCELERATOR = "accelerator_type:"


@dataclass(frozen=True, slots=True)
class Node:
    """`total` and `free` are Ray's resources by name, such as `CPU`, `GPU` and `zone:secure`."""

    id: str
    total: Mapping[str, float]
    free: Mapping[str, float]

    @property
    def zones(self) -> frozenset[str]:
        return frozenset(name.removeprefix(_ZONE) for name in self.total if name.startswith(_ZONE))

    @property
    def accelerator_type(self) -> str | None:
        """Ray's name of its GPUs, None without any."""
        names = (name for name in self.total if name.startswith(_ACCELERATOR))
        return next((name.removeprefix(_ACCELERATOR) for name in names), None)


def is_zoned(nodes: Iterable[Node]) -> bool:
    """Whether any node has a zone. Where none has, the cluster is one machine, and every zone."""
    return any(node.zones for node in nodes)


def read_nodes() -> tuple[Node, ...]:
    """The nodes that live, as the cluster's own process sees them. Blocks on Ray."""
    import ray  # noqa: PLC0415 -- reads the environment when it is imported
    from ray._private.state import available_resources_per_node  # noqa: PLC0415

    free = available_resources_per_node()
    return tuple(
        Node(id=node["NodeID"], total=_named(node["Resources"]), free=_named(free[node["NodeID"]]))
        for node in sorted(ray.nodes(), key=lambda node: str(node["NodeID"]))
        if node["Alive"] and node["NodeID"] in free
    )


def _named(resources: Mapping[str, float]) -> dict[str, float]:
    """Without what says nothing to people: Ray's own node resources, and those of bundles."""
    return {
        name: round(amount, 4)
        for name, amount in sorted(resources.items())
        if not name.startswith("node:") and "_group_" not in name
    }
