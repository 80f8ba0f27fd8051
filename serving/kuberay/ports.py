"""The ports of a pod: Ray's are pinned, so that a network policy can name them.

Not opened to anybody: HAProxy's statistics (8404) and metrics (9101), which listen on all
interfaces, Serve's gRPC, Ray Client, and the inter-replica gRPC that Serve would use on ports of
its own choice (it is switched off in `environment.py`).
"""

from __future__ import annotations

from serving.cluster.ports import Ports

HTTP = 8000
GCS = 6379
DASHBOARD = 8265
NODE_MANAGER = 6380
OBJECT_MANAGER = 6381
RUNTIME_ENV_AGENT = 6382
AGENT_GRPC = 6383
AGENT_HTTP = 52365
METRICS = 8080
WORKERS = (10002, 19999)

INGRESS = Ports(
    http=HTTP,
    metrics=9101,
    stats=8404,
    fallback_http=8500,
    fallback_grpc=9500,
    ingress_first=20000,
    ingress_last=20031,
    ingress_grpc_first=20032,
    ingress_grpc_last=20063,
)

TO_EACH_OTHER: tuple[tuple[int, int], ...] = (
    (GCS, AGENT_GRPC),
    (DASHBOARD, DASHBOARD),
    WORKERS,
    (INGRESS.ingress_first, INGRESS.ingress_last),
    (AGENT_HTTP, AGENT_HTTP),
)
"""What pods of one cluster ask each other on, first and last port: Ray, and gateways' HTTP."""


def ray_start_params(is_head: bool) -> dict[str, str]:
    """Of `ray start`, as KubeRay takes them."""
    params = {
        "node-manager-port": str(NODE_MANAGER),
        "object-manager-port": str(OBJECT_MANAGER),
        "runtime-env-agent-port": str(RUNTIME_ENV_AGENT),
        "dashboard-agent-grpc-port": str(AGENT_GRPC),
        "dashboard-agent-listen-port": str(AGENT_HTTP),
        "metrics-export-port": str(METRICS),
        "min-worker-port": str(WORKERS[0]),
        "max-worker-port": str(WORKERS[1]),
        "disable-usage-stats": "true",
    }
    if is_head:
        params |= {
            "port": str(GCS),
            "dashboard-port": str(DASHBOARD),
            "dashboard-host": "0.0.0.0",  # noqa: S104 -- the operator asks it; a policy guards it
            # What is asked for no resources may run here, and no replica is.
            "num-cpus": "0",
        }
    return dict(sorted(params.items()))
