"""All documents of one cluster, in the order in which they have to be there; and as YAML."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import yaml

from router.domain import JsonObject
from router.policy.policy import Rules
from serving.kuberay.adapter_roles import adapter_roles
from serving.kuberay.disruption import disruption_budgets
from serving.kuberay.groups import NodeGroup
from serving.kuberay.network import network_policies
from serving.kuberay.placing import engine_needs, place
from serving.kuberay.ports import HTTP
from serving.kuberay.ray_service import ray_service
from serving.kuberay.rules_files import RulesFiles
from serving.kuberay.settings import CLUSTER_LABEL, GATEWAY, ROLE_LABEL, ClusterSettings


@dataclass(frozen=True, slots=True)
class Rendered:
    """`placed` is each engine's group, by the model's key."""

    documents: tuple[JsonObject, ...]
    groups: tuple[NodeGroup, ...]
    placed: Mapping[str, str]

    def to_yaml(self) -> str:
        """One stream, the same for the same input."""
        return yaml.dump_all(
            self.documents,
            Dumper=_Dumper,
            sort_keys=False,
            explicit_start=True,
            width=100,
            allow_unicode=True,
        )


def render(
    settings: ClusterSettings,
    rules: Rules,
    files: RulesFiles,
    groups: Sequence[NodeGroup],
    serve_config: Mapping[str, object],
) -> Rendered:
    """The network first, so that no pod ever starts without it. Nothing in it is a secret.

    Raises CannotPlace, CannotReach and MixedProvider.
    """
    entries = rules.registry.without_retired().entries
    groups, placed = place(engine_needs(entries), groups)
    adapters = sorted(set(adapter_roles(entries).values()))
    names = [*adapters, *(group.name for group in groups)]
    documents = [
        *network_policies(settings, entries.values()),
        files.config_map(settings),
        *disruption_budgets(settings, names),
        ray_service(settings, groups, serve_config, files.volume(settings), adapters),
        _service(settings),
    ]
    return Rendered(tuple(documents), groups, placed)


def _service(settings: ClusterSettings) -> JsonObject:
    """KubeRay's own would name every pod that has a proxy, and so engines."""
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": settings.name, "namespace": settings.namespace},
        "spec": {
            "type": "ClusterIP",
            "selector": {CLUSTER_LABEL: settings.name, ROLE_LABEL: GATEWAY},
            "ports": [{"name": "http", "port": 80, "targetPort": HTTP, "protocol": "TCP"}],
        },
    }


class _Dumper(yaml.SafeDumper):
    """Texts of several lines as they are; nothing by reference."""

    def ignore_aliases(self, _data: Any) -> bool:
        return True


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    style = "|" if "\n" in text else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _text)
