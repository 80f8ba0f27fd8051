"""The environment of every Ray container: as on one host, less what only holds there."""

from __future__ import annotations

from serving.cluster.launch import Launch
from serving.cluster.ray_environment import ray_environment
from serving.kuberay.ports import INGRESS
from serving.kuberay.settings import (
    CACHE_DIR,
    HAPROXY_DIR,
    RULES_DIR,
    STATE_DIR,
    ClusterSettings,
)

# KubeRay gives the token itself, from the Secret.
_NOT_HERE = {"RAY_AUTH_TOKEN_PATH"}

_HERE = {
    # By handle calls of Ray, which know the token, and not by ports that take anybody.
    "RAY_SERVE_USE_GRPC_BY_DEFAULT": "0",
    # Behind a load balancer: it needs this long to hear that a gateway leaves.
    "RAY_SERVE_DIRECT_INGRESS_MIN_DRAINING_PERIOD_S": "30",
    # The root file system is read-only.
    "HOME": "/tmp",  # noqa: S108
    "XDG_CACHE_HOME": CACHE_DIR,
    "RINGFENCE_STATE_DIR": STATE_DIR,
    "RAY_SERVE_HAPROXY_BINARY_PATH": f"{STATE_DIR}/haproxy",
    "RAY_SERVE_HAPROXY_CONFIG_FILE_LOC": f"{HAPROXY_DIR}/haproxy.cfg",
    "RAY_SERVE_HAPROXY_SOCKET_PATH": f"{HAPROXY_DIR}/a.sock",
    "RAY_SERVE_HAPROXY_SERVER_STATE_BASE": HAPROXY_DIR,
    "RAY_SERVE_HAPROXY_SERVER_STATE_FILE": f"{HAPROXY_DIR}/server-state",
    "RAY_SERVE_HAPROXY_METRICS_SOCKET_PATH": f"{HAPROXY_DIR}/m.sock",
    "RAY_SERVE_HAPROXY_LOG_TARGET": f"{HAPROXY_DIR}/log.sock",
}


def pod_launch(settings: ClusterSettings) -> Launch:
    """One start of the cluster, as its pods see it: paths are theirs."""
    return Launch(
        cluster_id=settings.name,
        state_dir=STATE_DIR,
        models=f"{RULES_DIR}/models.yaml",
        policy=f"{RULES_DIR}/policy.yaml",
        host="0.0.0.0",  # noqa: S104 -- the pod's; a policy says who reaches it
        ports=INGRESS,
        accelerator="cuda",
        gateway_replicas=settings.gateways,
    )


def pod_environment(settings: ClusterSettings) -> dict[str, str]:
    """Holds no secrets, and nothing of the machine that renders."""
    environment = ray_environment(pod_launch(settings), {})
    kept = {name: value for name, value in environment.items() if name not in _NOT_HERE}
    return dict(sorted((kept | _HERE | {"RINGFENCE_ACCELERATOR": "cuda"}).items()))
