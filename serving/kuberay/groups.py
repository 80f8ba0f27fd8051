"""Groups of GPU nodes: what the cluster has, as a file says it or as the models ask for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Literal, TypeAlias

from pydantic import Field

from router.config.validate import ConfigModel, pattern, validate
from router.config.yaml_document import load_yaml
from router.errors import ConfigError
from serving.kuberay.settings import EGRESS, GATEWAY, HEAD, PEER

DEFAULT_GPUS_PER_NODE = 8
ACCELERATOR_LABEL = "ringfence/accelerator"
ZONE_LABEL = "ringfence/zone"
GPU_TAINT = "nvidia.com/gpu"

_OUR_OWN = ("headgroup", HEAD, GATEWAY, EGRESS, PEER)
_CPUS_PER_GPU = 4
_MEMORY_GIB_PER_GPU = 64


@dataclass(frozen=True, slots=True)
class Toleration:
    """As Kubernetes has it; a `value` of None tolerates any."""

    key: str
    value: str | None = None
    effect: str = "NoSchedule"


@dataclass(frozen=True, slots=True)
class NodeGroup:
    """Alike nodes, each of which runs one pod that takes all of its GPUs.

    `accelerator_type` is Ray's name, None for whatever GPU the nodes have; `zone` is a label of the
    nodes, None for none. `cpus` and `memory_gib` are what the pod takes of its node.
    """

    name: str
    gpus_per_node: int
    nodes: int
    accelerator_type: str | None = None
    zone: str | None = None
    cpus: int = 0
    memory_gib: int = 0
    node_selector: Mapping[str, str] = field(default_factory=dict)
    tolerations: tuple[Toleration, ...] = ()

    @property
    def taken_cpus(self) -> int:
        return self.cpus or _CPUS_PER_GPU * self.gpus_per_node

    @property
    def taken_memory_gib(self) -> int:
        return self.memory_gib or _MEMORY_GIB_PER_GPU * self.gpus_per_node

    @property
    def selector(self) -> dict[str, str]:
        """The labels of its nodes: those of the file, or the ones that its own words stand for."""
        if self.node_selector:
            return dict(self.node_selector)
        labels = {ACCELERATOR_LABEL: self.accelerator_type, ZONE_LABEL: self.zone}
        return {name: value for name, value in labels.items() if value is not None}


def asked_group(accelerator_type: str | None, zone: str | None, gpus_per_node: int) -> NodeGroup:
    """A group that a model asks for and no file describes; how many nodes, the models say."""
    name = "-".join(part.lower() for part in (accelerator_type or "gpu", zone) if part)
    return NodeGroup(name, gpus_per_node, 0, accelerator_type, zone)


def load_groups(path: Path) -> tuple[NodeGroup, ...]:
    """Reads a groups file. Raises ConfigError with every problem."""
    document = load_yaml(path)
    file = validate(document, _GroupsFile)
    names = [entry.name for entry in file.groups]
    problems = tuple(
        document.problem(
            ("groups", index, "name"), f"{name} is a group already", "give it another name"
        )
        for index, name in enumerate(names)
        if name in names[:index] or name in _OUR_OWN
    )
    if problems:
        raise ConfigError(problems)
    return tuple(_group(entry) for entry in file.groups)


_GroupName: TypeAlias = Annotated[
    str,
    pattern(
        r"[a-z][a-z0-9-]{0,30}[a-z0-9]",
        "is not the name of a group",
        "use up to 32 lower-case letters, digits and `-`: it becomes part of the pods' names",
    ),
]
_Label: TypeAlias = Annotated[
    str,
    pattern(
        r"[A-Za-z0-9]([A-Za-z0-9._/-]{0,251}[A-Za-z0-9])?",
        "is not a label of Kubernetes",
        "write it as `kubectl get nodes --show-labels` prints it",
    ),
]
_Zone: TypeAlias = Annotated[
    str,
    pattern(
        r"[a-z0-9][a-z0-9-]{0,62}",
        "is not a zone",
        "use lower-case letters, digits and `-`, such as `secure`",
    ),
]


class _TolerationEntry(ConfigModel):
    key: _Label
    value: _Label | None = None
    effect: Literal["NoSchedule", "PreferNoSchedule", "NoExecute"] = "NoSchedule"


class _GroupEntry(ConfigModel):
    name: _GroupName
    accelerator_type: _Label | None = None
    zone: _Zone | None = None
    gpus_per_node: Annotated[int, Field(ge=1, le=64)]
    nodes: Annotated[int, Field(ge=1, le=10_000)]
    cpus: Annotated[int, Field(ge=1, le=4_096)] | None = None
    memory_gib: Annotated[int, Field(ge=1, le=65_536)] | None = None
    node_selector: dict[_Label, _Label] = Field(default_factory=dict)
    tolerations: list[_TolerationEntry] = Field(default_factory=list)


class _GroupsFile(ConfigModel):
    """All of a groups file."""

    schema_version: Literal[1] = Field(alias="schema")
    groups: Annotated[list[_GroupEntry], Field(min_length=1)]


def _group(entry: _GroupEntry) -> NodeGroup:
    return NodeGroup(
        name=entry.name,
        gpus_per_node=entry.gpus_per_node,
        nodes=entry.nodes,
        accelerator_type=entry.accelerator_type,
        zone=entry.zone,
        cpus=entry.cpus or 0,
        memory_gib=entry.memory_gib or 0,
        node_selector=dict(sorted(entry.node_selector.items())),
        tolerations=tuple(
            Toleration(said.key, said.value, said.effect) for said in entry.tolerations
        ),
    )
