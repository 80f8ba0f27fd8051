"""The RayService: a head that computes nothing, and a group of workers for each kind of work."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import yaml

from router.domain import JsonObject
from serving.kuberay.groups import GPU_TAINT, ZONE_LABEL, NodeGroup, Toleration
from serving.kuberay.placement_resources import (
    EGRESS_RESOURCE,
    GATEWAY_RESOURCE,
    PEER_RESOURCE,
    zone_resource,
)
from serving.kuberay.pods import PodNeeds, pod_template
from serving.kuberay.ports import ray_start_params
from serving.kuberay.settings import EGRESS, ENGINE, GATEWAY, HEAD, PEER, ClusterSettings

API_VERSION = "ray.io/v1"

_HEAD_NEEDS = PodNeeds(HEAD, cpus=4, memory_gib=16)
_PLENTY = 1_000
"""Of a resource that only says where: each replica takes a thousandth of one."""


def ray_service(
    settings: ClusterSettings,
    groups: Iterable[NodeGroup],
    serve_config: Mapping[str, object],
    rules_volume: JsonObject,
    adapters: Sequence[str],
) -> JsonObject:
    """`serve_config` is as Serve's REST API takes it; `adapters` are the roles that there are."""
    kinds = [
        _gateways(settings),
        *(_adapters(settings, role) for role in adapters),
        *map(_engines, groups),
    ]
    workers = [_group(settings, kind, rules_volume) for kind in kinds]
    return {
        "apiVersion": API_VERSION,
        "kind": "RayService",
        "metadata": {"name": settings.name, "namespace": settings.namespace},
        "spec": {
            # A second cluster beside the first would need every GPU twice.
            "upgradeStrategy": {"type": "None"},
            "excludeHeadPodFromServeSvc": True,
            "serveConfigV2": yaml.safe_dump(
                serve_config, sort_keys=False, width=100, allow_unicode=True
            ),
            "rayClusterConfig": {
                "rayVersion": settings.ray_version,
                "enableInTreeAutoscaling": False,
                "authOptions": {"mode": "token", "secretName": settings.ray_token_secret},
                "headGroupSpec": {
                    "serviceType": "ClusterIP",
                    "rayStartParams": {**ray_start_params(is_head=True)},
                    "template": pod_template(settings, _HEAD_NEEDS, rules_volume),
                },
                "workerGroupSpecs": [*workers],
            },
        },
    }


@dataclass(frozen=True, slots=True)
class _Workers:
    """A group of workers; `resources` are Ray's own, beside processors, memory and GPUs."""

    name: str
    pods: int
    needs: PodNeeds
    resources: Mapping[str, int]


def _gateways(settings: ClusterSettings) -> _Workers:
    needs = PodNeeds(GATEWAY, cpus=4, memory_gib=8)
    return _Workers(GATEWAY, settings.gateways, needs, {GATEWAY_RESOURCE: _PLENTY})


def _adapters(settings: ClusterSettings, role: str) -> _Workers:
    resource = {EGRESS: EGRESS_RESOURCE, PEER: PEER_RESOURCE}[role]
    return _Workers(role, settings.adapters, PodNeeds(role, 2, 4), {resource: _PLENTY})


def _engines(group: NodeGroup) -> _Workers:
    zone_taint = () if group.zone is None else (Toleration(ZONE_LABEL, group.zone),)
    needs = PodNeeds(
        ENGINE,
        cpus=group.taken_cpus,
        memory_gib=group.taken_memory_gib,
        gpus=group.gpus_per_node,
        node_selector=group.selector,
        tolerations=group.tolerations or (Toleration(GPU_TAINT), *zone_taint),
    )
    resources = {} if group.zone is None else {zone_resource(group.zone): _PLENTY}
    return _Workers(group.name, group.nodes, needs, resources)


def _group(settings: ClusterSettings, workers: _Workers, rules_volume: JsonObject) -> JsonObject:
    params = ray_start_params(is_head=False)
    # An engine asks for processors, and so never lands beside a gateway or an adapter.
    params["num-cpus"] = str(workers.needs.cpus) if workers.needs.role == ENGINE else "0"
    if workers.resources:
        # KubeRay puts it into a shell's command line as it is.
        params["resources"] = f"'{json.dumps(dict(workers.resources), sort_keys=True)}'"
    return {
        "groupName": workers.name,
        "replicas": workers.pods,
        "minReplicas": workers.pods,
        "maxReplicas": workers.pods,
        "rayStartParams": {**dict(sorted(params.items()))},
        "template": pod_template(settings, workers.needs, rules_volume),
    }
