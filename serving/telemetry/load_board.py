"""The board on which engines' replicas post how full they are, for gateways on any host to read,
and what machine they are on.

It lies where cordons do (`cordon_board`). Replicas post of themselves: a question to a deployment
goes to whichever of its replicas Serve picks, and waits behind what that one does.
"""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections.abc import Callable
from dataclasses import asdict

from hardware.fingerprint import to_json
from hardware.probe import probe
from serving.autoscaling.policy import ReplicaLoad
from serving.telemetry.engine_state import EngineLoad

POST_INTERVAL_S = 5.0
GONE_AFTER_S = 30.0
"""What was posted so long ago is of a replica that has ended, or that hangs."""

_NAMESPACE = b"ringfence-engine-loads"

logger = logging.getLogger(__name__)


async def post_loads(model: str, load: Callable[[], ReplicaLoad]) -> None:
    """Posts this replica's load every five seconds, until cancelled. `model` is a registry key.

    The machine is probed once: a driver that changes takes whoever computes on it along. `load` is
    called on the event loop. A control service that is away is told at the next time.
    """
    from ray import serve  # noqa: PLC0415 -- reads the environment when it is imported

    replica = str(serve.get_replica_context().replica_id.unique_id)
    machine = to_json(await asyncio.to_thread(probe))
    while True:
        said = {"model": model, "at_s": time.time(), "machine": machine, **asdict(load())}
        try:
            await asyncio.to_thread(_post, replica, said)
        except Exception as error:  # whatever Ray's control service raises while it is away
            logger.warning("the engine's load could not be posted: %s", type(error).__name__)
        await asyncio.sleep(POST_INTERVAL_S)


def posted_loads() -> tuple[EngineLoad, ...]:
    """Of the replicas that have posted lately; what others left is removed.

    Blocks on Ray's control service, and raises what that raises.
    """
    from ray.experimental.internal_kv import (  # noqa: PLC0415
        _internal_kv_del,
        _internal_kv_get,
        _internal_kv_list,
    )

    found = []
    for key in _internal_kv_list(b"", namespace=_NAMESPACE):
        posted = _internal_kv_get(key, namespace=_NAMESPACE)
        if posted is None:
            continue
        said = json.loads(posted)
        if said.pop("at_s") < time.time() - GONE_AFTER_S:
            _internal_kv_del(key, namespace=_NAMESPACE)
            continue
        found.append(EngineLoad(replica=key.decode(), **said))
    return tuple(sorted(found, key=lambda load: (load.model, load.replica)))


def _post(replica: str, said: dict[str, object]) -> None:
    from ray.experimental.internal_kv import _internal_kv_put  # noqa: PLC0415

    _internal_kv_put(replica.encode(), json.dumps(said).encode(), namespace=_NAMESPACE)
