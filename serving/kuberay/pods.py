"""The pod of each group: what it holds, what it may do, and how it is known to live.

Each role gets the secrets that its work needs, and no other: credentials are in the adapters' pods
alone, signing keys in the gateways', and none in those of engines.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from router.domain import Json, JsonObject
from serving.kuberay.environment import pod_environment
from serving.kuberay.groups import Toleration
from serving.kuberay.ports import AGENT_HTTP, DASHBOARD, GCS, HTTP
from serving.kuberay.settings import (
    CACHE_DIR,
    CLUSTER_LABEL,
    EGRESS,
    ENGINE,
    GATEWAY,
    HAPROXY_DIR,
    HEAD,
    MANIFESTS_SUBPATH,
    PEER,
    PEERS,
    PROVIDERS,
    ROLE_LABEL,
    RULES_DIR,
    SECRETS_DIR,
    STATE_DIR,
    VOLUME_DIR,
    WEIGHTS_DIR,
    ClusterSettings,
)

_USER = 1000
_DRAIN_S = 180
"""Longer than a gateway drains and an answer takes: what is cut is the exception."""

_CONTAINER_SECURITY: JsonObject = {
    "allowPrivilegeEscalation": False,
    "capabilities": {"drop": ["ALL"]},
    "readOnlyRootFilesystem": True,
}
_POD_SECURITY: JsonObject = {
    "runAsNonRoot": True,
    "runAsUser": _USER,
    "runAsGroup": _USER,
    "fsGroup": _USER,
    "fsGroupChangePolicy": "OnRootMismatch",
    "seccompProfile": {"type": "RuntimeDefault"},
}


@dataclass(frozen=True, slots=True)
class PodNeeds:
    """What sets one group's pods apart from another's."""

    role: str
    cpus: int
    memory_gib: int
    gpus: int = 0
    node_selector: Mapping[str, str] = field(default_factory=dict)
    tolerations: tuple[Toleration, ...] = ()


def pod_template(
    settings: ClusterSettings, needs: PodNeeds, rules_volume: JsonObject
) -> JsonObject:
    """As `template` of a group; KubeRay adds the commands, its own labels, and /dev/shm."""
    spec: JsonObject = {
        "automountServiceAccountToken": False,
        "enableServiceLinks": False,
        "securityContext": _POD_SECURITY,
        "terminationGracePeriodSeconds": _DRAIN_S,
        "initContainers": [_prepare(settings, needs.role)],
        "containers": [_ray(settings, needs)],
        "volumes": _volumes(settings, needs.role, rules_volume),
    }
    if needs.node_selector:
        spec["nodeSelector"] = dict(needs.node_selector)
    if needs.tolerations:
        spec["tolerations"] = [_toleration(one) for one in needs.tolerations]
    if needs.role == GATEWAY:
        # The loss of a node takes one gateway at most, where there are nodes enough.
        spec["topologySpreadConstraints"] = [
            {
                "maxSkew": 1,
                "topologyKey": "kubernetes.io/hostname",
                "whenUnsatisfiable": "ScheduleAnyway",
                "labelSelector": {"matchLabels": role_labels(settings, GATEWAY)},
            }
        ]
    return {"metadata": {"labels": {**role_labels(settings, needs.role)}}, "spec": spec}


def role_labels(settings: ClusterSettings, role: str) -> dict[str, Json]:
    return {CLUSTER_LABEL: settings.name, ROLE_LABEL: role}


def _ray(settings: ClusterSettings, needs: PodNeeds) -> JsonObject:
    taken: JsonObject = {"cpu": str(needs.cpus), "memory": f"{needs.memory_gib}Gi"}
    limits: JsonObject = {"memory": f"{needs.memory_gib}Gi"}
    if needs.gpus:
        taken["nvidia.com/gpu"] = limits["nvidia.com/gpu"] = str(needs.gpus)
    environment = pod_environment(settings)
    return {
        "name": "ray",
        "image": settings.image,
        "env": [{"name": name, "value": value} for name, value in environment.items()],
        "ports": _ports(needs.role),
        "resources": {"requests": taken, "limits": limits},
        "securityContext": _CONTAINER_SECURITY,
        "livenessProbe": _probe(AGENT_HTTP, "/api/healthz", initial_delay_s=30, failures=24),
        "readinessProbe": _probe(HTTP, "/-/healthz", initial_delay_s=10, failures=1)
        if needs.role == GATEWAY
        else _probe(AGENT_HTTP, "/api/healthz", initial_delay_s=10, failures=3),
        "volumeMounts": _mounts(needs.role),
    }


def _prepare(settings: ClusterSettings, role: str) -> JsonObject:
    secrets: list[Json] = [
        {"name": name, "mountPath": f"{SECRETS_DIR}/{name}", "readOnly": True}
        for name in _secrets_of(role)
    ]
    # To make the detector's model takes 605 MiB.
    memory = "1Gi" if role == GATEWAY else "256Mi"
    return {
        "name": "prepare",
        "image": settings.image,
        "command": ["python", "-m", "serving.kuberay.prepare", SECRETS_DIR, STATE_DIR, HAPROXY_DIR],
        "env": [
            {"name": "HOME", "value": "/tmp"},  # noqa: S108
            {"name": "XDG_CACHE_HOME", "value": CACHE_DIR},
        ],
        "resources": {
            "requests": {"cpu": "100m", "memory": memory},
            "limits": {"memory": memory},
        },
        "securityContext": _CONTAINER_SECURITY,
        "volumeMounts": [
            {"name": "state", "mountPath": VOLUME_DIR},
            {"name": "tmp", "mountPath": "/tmp"},  # noqa: S108
            *secrets,
        ],
    }


def _ports(role: str) -> list[Json]:
    named = {
        HEAD: {"gcs": GCS, "dashboard": DASHBOARD},
        GATEWAY: {"serve": HTTP},
    }.get(role, {})
    return [{"name": name, "containerPort": port} for name, port in named.items()]


def _probe(port: int, path: str, initial_delay_s: int, failures: int) -> JsonObject:
    return {
        "httpGet": {"path": path, "port": port},
        "initialDelaySeconds": initial_delay_s,
        "periodSeconds": 5,
        "timeoutSeconds": 5,
        "failureThreshold": failures,
    }


def _mounts(role: str) -> list[Json]:
    mounts: list[Json] = [
        {"name": "state", "mountPath": VOLUME_DIR},
        {"name": "tmp", "mountPath": "/tmp"},  # noqa: S108
        {"name": "rules", "mountPath": RULES_DIR, "readOnly": True},
    ]
    if role == ENGINE:
        mounts += [
            {"name": "weights", "mountPath": WEIGHTS_DIR, "readOnly": True},
            {
                "name": "weights",
                "mountPath": f"{STATE_DIR}/weights",
                "subPath": MANIFESTS_SUBPATH,
                "readOnly": True,
            },
        ]
    return mounts


def _volumes(settings: ClusterSettings, role: str, rules_volume: JsonObject) -> list[Json]:
    secret_names = {
        "public-keys": settings.public_keys_secret,
        "gateway": settings.gateway_secret,
        PROVIDERS: settings.providers_secret,
        PEERS: settings.peers_secret,
    }
    volumes: list[Json] = [
        {"name": "state", "emptyDir": {"medium": "Memory", "sizeLimit": "64Mi"}},
        {"name": "tmp", "emptyDir": {"sizeLimit": "20Gi"}},
        rules_volume,
        *(_secret(name, secret_names[name]) for name in _secrets_of(role)),
    ]
    if role == ENGINE:
        claim: JsonObject = {"claimName": settings.weights_claim, "readOnly": True}
        volumes.append({"name": "weights", "persistentVolumeClaim": claim})
    return volumes


def _secret(name: str, secret_name: str) -> Json:
    return {"name": name, "secret": {"secretName": secret_name, "defaultMode": 0o440}}


def _secrets_of(role: str) -> tuple[str, ...]:
    """The volumes of Secrets that a role's work needs."""
    return {
        GATEWAY: ("public-keys", "gateway"),
        EGRESS: ("public-keys", PROVIDERS),
        PEER: ("public-keys", PEERS),
    }.get(role, ())


def _toleration(toleration: Toleration) -> JsonObject:
    said: JsonObject = {"key": toleration.key, "effect": toleration.effect}
    if toleration.value is None:
        return {**said, "operator": "Exists"}
    return {**said, "operator": "Equal", "value": toleration.value}
