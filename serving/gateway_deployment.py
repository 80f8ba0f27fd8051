"""The gateway as a Serve deployment: the application's ingress."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from ray import serve
from ray.serve import Application
from ray.serve.handle import DeploymentHandle
from starlette.types import ASGIApp

from router.policy.policy import Rules
from serving.cluster.deploy import APPLICATION_NAME, GATEWAY
from serving.cluster.paths import ClusterPaths
from serving.detection.pool import DetectorPool
from serving.gateway import GatewaySettings, wire_gateway
from serving.handle import HandleBackend
from serving.kms.chosen import key_ring
from serving.replica_watch import ReplicaWatch, count_running

MAX_ONGOING_REQUESTS = 2_000
DETECTOR_PROCESSES = 2
MAX_WAITING_SCANS = 256


@serve.ingress()
class GatewayDeployment:
    """Ready when a detector is: until then everything would be restricted."""

    async def __init__(  # type: ignore[misc]  # Serve awaits it
        self,
        rules: Rules,
        given_at_s: float,
        paths: ClusterPaths,
        handles: Mapping[str, DeploymentHandle],
    ) -> None:
        self._detector = DetectorPool(
            workers=DETECTOR_PROCESSES,
            deadline_s=rules.policy.detection_deadline_s,
            max_waiting=MAX_WAITING_SCANS,
            recognisers=rules.policy.detection.recognisers,
        )
        self._watch = ReplicaWatch(lambda: count_running(APPLICATION_NAME))
        self._watch.start()
        settings = GatewaySettings(
            database_url=paths.database_url,
            root_secret=paths.root_key.read_bytes(),
            clearance_key=_signing_key(paths.clearance_private_key),
            audit_key=_signing_key(paths.audit_private_key),
            vault=key_ring(paths.secrets, os.environ),
            rules_given_at_s=given_at_s,
        )
        backends = {key: HandleBackend(handle, self._watch) for key, handle in handles.items()}
        self._gateway = wire_gateway(settings, rules, backends, self._detector)
        await self._detector.start()
        self._gateway.start()

    def __serve_build_asgi_app__(self) -> ASGIApp:
        return self._gateway.app


def _signing_key(file: Path) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(file.read_bytes())


def gateway_deployment(
    rules: Rules, paths: ClusterPaths, backends: Mapping[str, Application]
) -> Application:
    deployment = serve.deployment(
        GatewayDeployment,
        name=GATEWAY,
        max_ongoing_requests=MAX_ONGOING_REQUESTS,
        ray_actor_options={"num_cpus": 0},
    )
    # A replica that starts again later must not take these for newer than what was applied since.
    return deployment.bind(rules, time.time(), paths, dict(backends))
