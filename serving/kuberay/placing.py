"""Which group of nodes each engine runs in, so that all of them have room. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from math import ceil

from router.domain import DataClass
from router.registry.deployment import SECURE
from router.registry.registry import RegisteredModel, VllmBackend
from serving.kuberay.groups import DEFAULT_GPUS_PER_NODE, NodeGroup, asked_group

_ROUNDING = 1e-9
"""Replicas may take tenths of a GPU."""


class CannotPlace(ValueError):
    """A model that no group has room for. Says which, and the cure."""


@dataclass(frozen=True, slots=True)
class EngineNeeds:
    """What the replicas of one model need, each on one node.

    `gpus` are per replica, whole ones or a part of one; `replicas` is how many there may be at
    most. `is_restricted` is whether it may see restricted data.
    """

    key: str
    gpus: float
    replicas: int
    accelerator_type: str | None
    zone: str | None
    is_restricted: bool


def engine_needs(entries: Mapping[str, RegisteredModel]) -> tuple[EngineNeeds, ...]:
    """One for each engine. Raises CannotPlace for a model that runs on no GPU, and for one that is
    approved for restricted and does not ask for secure nodes: Ray would take any.
    """
    return tuple(
        _needs(key, entry, entry.backend)
        for key, entry in entries.items()
        if isinstance(entry.backend, VllmBackend)
    )


def place(
    needs: Sequence[EngineNeeds], groups: Sequence[NodeGroup]
) -> tuple[tuple[NodeGroup, ...], dict[str, str]]:
    """The groups, and each model's by its key. Without `groups` they follow from the models.

    A model goes to the first group of its accelerator and zone that has room for all its replicas;
    one without a zone stays out of zones while it can. Raises CannotPlace.
    """
    if not groups:
        groups = _asked_for(needs)
    room = {group.name: _Room(group) for group in groups}
    placed: dict[str, str] = {}
    # The big ones first: they fit nowhere else.
    for need in sorted(needs, key=lambda need: (-need.gpus, need.key)):
        fitting = [room[group.name] for group in _suitable(need, groups)]
        if not fitting:
            raise CannotPlace(_no_group(need, groups))
        wide = [space for space in fitting if space.group.gpus_per_node >= need.gpus]
        if not wide:
            raise CannotPlace(_too_wide(need, [space.group for space in fitting]))
        taken = next((space for space in wide if space.take(need)), None)
        if taken is None:
            raise CannotPlace(_no_room(need, [space.group for space in wide]))
        placed[need.key] = taken.group.name
    return tuple(groups), dict(sorted(placed.items()))


class _Room:
    """The GPUs of one group that are not taken yet, node by node."""

    def __init__(self, group: NodeGroup) -> None:
        self.group = group
        self._free = [float(group.gpus_per_node)] * group.nodes

    def take(self, need: EngineNeeds) -> bool:
        """Takes room for all replicas, or none."""
        free = list(self._free)
        for _ in range(need.replicas):
            node = next((at for at, gpus in enumerate(free) if gpus + _ROUNDING >= need.gpus), None)
            if node is None:
                return False
            free[node] -= need.gpus
        self._free = free
        return True


def _needs(key: str, entry: RegisteredModel, backend: VllmBackend) -> EngineNeeds:
    profile = backend.profiles.get("cuda")
    if profile is None:
        raise CannotPlace(
            f"{key} has no profile for GPUs: add `cuda` under its `profiles`, or leave it out of"
            " the models.yaml of this cluster"
        )
    placement = backend.placement
    is_restricted = DataClass.RESTRICTED in entry.spec.approved
    if is_restricted and placement.zone != SECURE:
        raise CannotPlace(
            f"{key} is approved for restricted, and nothing keeps it on secure nodes: add"
            f" `placement: {{zone: {SECURE}}}` to its backend"
        )
    return EngineNeeds(
        key=key,
        gpus=profile.gpus * placement.tensor_parallel,
        replicas=max(backend.replicas, backend.bounds.most),
        accelerator_type=placement.accelerator_type,
        zone=placement.zone,
        is_restricted=is_restricted,
    )


def _asked_for(needs: Iterable[EngineNeeds]) -> tuple[NodeGroup, ...]:
    """One group for each accelerator and zone, with the nodes that its models fill."""
    nodes: dict[tuple[str, str], int] = {}
    groups: dict[tuple[str, str], NodeGroup] = {}
    for need in needs:
        key = (need.accelerator_type or "", need.zone or "")
        group = asked_group(need.accelerator_type, need.zone, DEFAULT_GPUS_PER_NODE)
        per_node = int(group.gpus_per_node / need.gpus) or 1
        groups[key] = group
        # Never fewer than they need: nodes are not shared out among models here.
        nodes[key] = nodes.get(key, 0) + ceil(need.replicas / per_node)
    return tuple(replace(group, nodes=nodes[key]) for key, group in sorted(groups.items()))


def _suitable(need: EngineNeeds, groups: Sequence[NodeGroup]) -> list[NodeGroup]:
    suitable = [
        group
        for group in groups
        if need.accelerator_type in (None, group.accelerator_type)
        and need.zone in (None, group.zone)
    ]
    return sorted(suitable, key=lambda group: need.zone is None and group.zone is not None)


def _no_group(need: EngineNeeds, groups: Sequence[NodeGroup]) -> str:
    accelerator = f"`accelerator_type: {need.accelerator_type}`" if need.accelerator_type else ""
    zone = f"`zone: {need.zone}`" if need.zone else ""
    wanted = " and ".join(filter(None, (accelerator, zone)))
    why = ", since it is approved for restricted" if need.is_restricted else ""
    names = ", ".join(group.name for group in groups)
    return (
        f"{need.key} needs a group with {wanted}{why}, and none of {names} is one: add one to the"
        " groups file"
    )


def _too_wide(need: EngineNeeds, groups: Sequence[NodeGroup]) -> str:
    widest = max(group.gpus_per_node for group in groups)
    return (
        f"a replica of {need.key} takes {need.gpus:g} GPUs of one node, and nodes of"
        f" {', '.join(group.name for group in groups)} have {widest}: lower its `tensor_parallel`"
        " (fewer bytes per weight make room), or add a group of larger nodes"
    )


def _no_room(need: EngineNeeds, groups: Sequence[NodeGroup]) -> str:
    return (
        f"{need.replicas} replicas of {need.key} with {need.gpus:g} GPUs each have no room beside"
        f" the others in {', '.join(group.name for group in groups)}: raise `nodes` of the group,"
        " or lower `max` of the model's `replicas`"
    )
