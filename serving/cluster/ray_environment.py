"""The environment that Ray, Serve, HAProxy and the engine run under; one place for all of it."""

from __future__ import annotations

from collections.abc import Mapping

from serving.cluster.launch import Launch

# Requests never leave by a proxy that the environment names, nor do downloads start (I1).
_PROXIES = ("http_proxy", "https_proxy", "all_proxy", "ftp_proxy")

# The providers' SDKs take headers, addresses and credentials out of these.
_SDKS = ("OPENAI_", "ANTHROPIC_")

_FIXED = {
    "RAY_AUTH_MODE": "token",
    "RAY_USAGE_STATS_ENABLED": "0",
    "RAY_DISABLE_DOCKER_CPU_WARNING": "1",
    "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0",
    # Workers that wait for nothing in particular cost up to 700 MB each and slow the start.
    "RAY_num_workers_soft_limit": "0",
    "RAY_prestart_worker_first_driver": "0",
    "RAY_enable_worker_prestart": "0",
    # Serve's defaults drain for 30 s, which a load balancer outside of the cluster would need.
    "RAY_SERVE_DIRECT_INGRESS_MIN_DRAINING_PERIOD_S": "5",
    "RAY_SERVE_HAPROXY_HARD_STOP_AFTER_S": "30",
    # On a busy small machine the ingress takes longer than Serve's 5 s to answer at first.
    "RAY_SERVE_PROXY_READY_CHECK_TIMEOUT_S": "60",
    "RAY_SERVE_PROXY_HEALTH_CHECK_TIMEOUT_S": "30",
    "RAY_SERVE_THROUGHPUT_OPTIMIZED": "1",
    "HF_HUB_OFFLINE": "1",
    "TRANSFORMERS_OFFLINE": "1",
    "VLLM_NO_USAGE_STATS": "1",
    "TOKENIZERS_PARALLELISM": "false",
}


def ray_environment(launch: Launch, inherited: Mapping[str, str]) -> dict[str, str]:
    """The supervisor's whole environment; every process of the cluster inherits it.

    With TLS at the ingress Serve's own proxy listens, since the HAProxy that Serve configures
    has no TLS on its frontend (docs/decisions/0003).
    """
    environment = {name: value for name, value in inherited.items() if not _stays_out(name)}
    ports, haproxy = launch.ports, launch.paths.haproxy
    return {
        **environment,
        **_FIXED,
        "RINGFENCE_CLUSTER_ID": launch.cluster_id,
        "RAY_AUTH_TOKEN_PATH": str(launch.paths.ray_token),
        "RAY_SERVE_ENABLE_HA_PROXY": "0" if launch.tls_cert else "1",
        "RAY_SERVE_ENABLE_DIRECT_INGRESS": "0" if launch.tls_cert else "1",
        "RAY_SERVE_HAPROXY_BINARY_PATH": str(launch.paths.ingress_program),
        "RAY_SERVE_HAPROXY_CONFIG_FILE_LOC": str(haproxy / "haproxy.cfg"),
        "RAY_SERVE_HAPROXY_SOCKET_PATH": str(haproxy / "a.sock"),
        "RAY_SERVE_HAPROXY_SERVER_STATE_BASE": str(haproxy),
        "RAY_SERVE_HAPROXY_SERVER_STATE_FILE": str(haproxy / "server-state"),
        "RAY_SERVE_HAPROXY_METRICS_SOCKET_PATH": str(haproxy / "m.sock"),
        "RAY_SERVE_HAPROXY_LOG_TARGET": str(haproxy / "log.sock"),
        "RAY_SERVE_HAPROXY_METRICS_PORT": str(ports.metrics),
        "RAY_SERVE_HAPROXY_STATS_PORT": str(ports.stats),
        "RAY_SERVE_FALLBACK_PROXY_HTTP_PORT": str(ports.fallback_http),
        "RAY_SERVE_FALLBACK_PROXY_GRPC_PORT": str(ports.fallback_grpc),
        "RAY_SERVE_DIRECT_INGRESS_MIN_HTTP_PORT": str(ports.ingress_first),
        "RAY_SERVE_DIRECT_INGRESS_MAX_HTTP_PORT": str(ports.ingress_last),
        "RAY_SERVE_DIRECT_INGRESS_MIN_GRPC_PORT": str(ports.ingress_grpc_first),
        "RAY_SERVE_DIRECT_INGRESS_MAX_GRPC_PORT": str(ports.ingress_grpc_last),
    }


def _stays_out(name: str) -> bool:
    """What would steer egress, and who somebody is that starts a cluster: it is not their proxy."""
    return name.lower() in _PROXIES or name.startswith(_SDKS) or name == "RINGFENCE_TOKEN"
