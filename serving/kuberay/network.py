"""Who may talk to whom: nobody, and then what the cluster cannot do without.

Only the pods of external adapters reach the internet, on 443. A pod of another role that wanted to
send a prompt out has no way to (I1 once more, below the program).
"""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import ip_network
from urllib.parse import urlsplit

from router.domain import Json, JsonObject, Location
from router.registry.registry import HttpBackend, RegisteredModel
from serving.kuberay.ports import DASHBOARD, HTTP, TO_EACH_OTHER
from serving.kuberay.settings import (
    CLUSTER_LABEL,
    EGRESS,
    GATEWAY,
    HEAD,
    PEER,
    ROLE_LABEL,
    ClusterSettings,
)

INTERNET = "0.0.0.0/0"
_HTTPS = 443
# What is not the internet: private networks, carriers', and links', cloud metadata among them.
_NOT_INTERNET = (
    "10.0.0.0/8",
    "100.64.0.0/10",
    "127.0.0.0/8",
    "169.254.0.0/16",
    "172.16.0.0/12",
    "192.168.0.0/16",
)


class CannotReach(ValueError):
    """A backend that the network policy would cut off. Says which, and the cure."""


def network_policies(
    settings: ClusterSettings, entries: Iterable[RegisteredModel]
) -> list[JsonObject]:
    """In the order in which they read. Raises CannotReach."""
    mine: JsonObject = {"matchLabels": {CLUSTER_LABEL: settings.name}}
    policies = [
        _policy(settings, "deny-all", mine, ingress=[], egress=[]),
        _policy(settings, "dns", mine, egress=[_dns()]),
        _policy(
            settings,
            "ray",
            mine,
            ingress=[{"from": [{"podSelector": mine}], "ports": _ranges(TO_EACH_OTHER)}],
            egress=[{"to": [{"podSelector": mine}], "ports": _ranges(TO_EACH_OTHER)}],
        ),
        _policy(
            settings,
            "operator-to-head",
            _role(settings, HEAD),
            ingress=[_from_namespace(settings.operator_namespace, DASHBOARD)],
        ),
        _policy(
            settings,
            "clients-to-gateway",
            _role(settings, GATEWAY),
            ingress=[_from_namespace(settings.ingress_namespace, HTTP)],
        ),
        _policy(
            settings,
            "gateway-to-database",
            _role(settings, GATEWAY),
            egress=[
                {
                    "to": [{"ipBlock": {"cidr": settings.database_cidr}}],
                    "ports": [_tcp(settings.database_port)],
                }
            ],
        ),
    ]
    internet, own = _ways_out(entries)
    if internet:
        policies.append(
            _policy(settings, "adapters-to-internet", _role(settings, EGRESS), egress=internet)
        )
    if own:
        policies.append(_policy(settings, "adapters-to-peers", _role(settings, PEER), egress=own))
    return policies


def _ways_out(entries: Iterable[RegisteredModel]) -> tuple[list[Json], list[Json]]:
    """To the internet, and to servers on-prem."""
    internet: list[Json] = []
    own: set[tuple[str, int]] = set()
    for entry in entries:
        backend = entry.backend
        if not isinstance(backend, HttpBackend):
            continue
        port = urlsplit(backend.base_url).port or _HTTPS
        if entry.spec.location is not Location.EXTERNAL:
            if not backend.base_url.startswith("https://"):
                raise CannotReach(
                    f"{entry.spec.key} is on-prem on this very machine, which no pod is: give its"
                    " address in the network, with https, or leave it out"
                )
            own |= {(str(ip_network(cidr)), port) for cidr in backend.allowed_networks}
        elif port != _HTTPS or not backend.base_url.startswith("https://"):
            raise CannotReach(
                f"{entry.spec.key} is external and not on port {_HTTPS}, the only one that is open"
                " to the internet: correct its `base_url`, or leave it out"
            )
        else:
            block: JsonObject = {"cidr": INTERNET, "except": [*_NOT_INTERNET]}
            internet = [{"to": [{"ipBlock": block}], "ports": [_tcp(_HTTPS)]}]
    return internet, [
        {"to": [{"ipBlock": {"cidr": cidr}}], "ports": [_tcp(port)]} for cidr, port in sorted(own)
    ]


def _policy(
    settings: ClusterSettings,
    name: str,
    selector: JsonObject,
    ingress: list[Json] | None = None,
    egress: list[Json] | None = None,
) -> JsonObject:
    spec: JsonObject = {"podSelector": selector, "policyTypes": []}
    directions: list[Json] = []
    if ingress is not None:
        directions.append("Ingress")
        spec["ingress"] = ingress
    if egress is not None:
        directions.append("Egress")
        spec["egress"] = egress
    spec["policyTypes"] = directions
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": {"name": f"{settings.name}-{name}", "namespace": settings.namespace},
        "spec": spec,
    }


def _role(settings: ClusterSettings, role: str) -> JsonObject:
    return {"matchLabels": {CLUSTER_LABEL: settings.name, ROLE_LABEL: role}}


def _from_namespace(namespace: str, port: int) -> JsonObject:
    selector: JsonObject = {"matchLabels": {"kubernetes.io/metadata.name": namespace}}
    return {"from": [{"namespaceSelector": selector}], "ports": [_tcp(port)]}


def _dns() -> JsonObject:
    return {
        "to": [
            {
                "namespaceSelector": {
                    "matchLabels": {"kubernetes.io/metadata.name": "kube-system"}
                },
                "podSelector": {"matchLabels": {"k8s-app": "kube-dns"}},
            }
        ],
        "ports": [{"protocol": "UDP", "port": 53}, _tcp(53)],
    }


def _ranges(ranges: Iterable[tuple[int, int]]) -> list[Json]:
    return [
        _tcp(first) if first == last else {**_tcp(first), "endPort": last} for first, last in ranges
    ]


def _tcp(port: int) -> dict[str, Json]:
    return {"protocol": "TCP", "port": port}
