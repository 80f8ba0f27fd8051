"""The board on which replicas post what cordons a GPU, for gateways on any host to read.

It lies in the key-value store of Ray's control service, where Serve keeps its own state: each
process of a cluster reaches it, on whatever host it is, and it outlives the replica that posted,
which ends for what it found. Ray has no public one; an actor in its place would be a process more.
"""

from __future__ import annotations

import json
from dataclasses import dataclass

from serving.health.gpu import Cordon
from serving.telemetry.gpu_state import CordonedGPU

_NAMESPACE = b"ringfence-gpu-cordons"


@dataclass(frozen=True, slots=True)
class RayCordonBoard:
    """See `serving.health.gpu_watch.CordonBoard`, of the node that this process runs on.

    Blocks on Ray's control service, and raises what that raises.
    """

    def post(self, cordon: Cordon) -> None:
        from ray.experimental.internal_kv import _internal_kv_put  # noqa: PLC0415

        said = json.dumps({"reason": cordon.reason})
        _internal_kv_put(_key(cordon.index), said.encode(), namespace=_NAMESPACE)

    def withdraw(self, index: int) -> None:
        from ray.experimental.internal_kv import _internal_kv_del  # noqa: PLC0415

        _internal_kv_del(_key(index), namespace=_NAMESPACE)


def posted_cordons() -> tuple[CordonedGPU, ...]:
    """What is posted of the nodes that live, by host and index.

    Blocks on Ray's control service, and raises what that raises.
    """
    import ray  # noqa: PLC0415 -- reads the environment when it is imported
    from ray.experimental.internal_kv import (  # noqa: PLC0415
        _internal_kv_get,
        _internal_kv_list,
    )

    hosts = {
        str(node["NodeID"]): str(node["NodeManagerHostname"])
        for node in ray.nodes()
        if node["Alive"]
    }
    found = []
    for key in _internal_kv_list(b"", namespace=_NAMESPACE):
        node, index = key.decode().split(":")
        posted = _internal_kv_get(key, namespace=_NAMESPACE)
        # A node that is gone took its GPUs along; and what was withdrawn meanwhile is not posted.
        if node in hosts and posted is not None:
            found.append(CordonedGPU(hosts[node], int(index), json.loads(posted)["reason"]))
    return tuple(sorted(found, key=lambda gpu: (gpu.host, gpu.index)))


def _key(index: int) -> bytes:
    import ray  # noqa: PLC0415

    return f"{ray.get_runtime_context().get_node_id()}:{index}".encode()
