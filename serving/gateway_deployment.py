"""The gateway as a Serve deployment: the cluster's ingress."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from ray import serve
from ray.serve import Application
from starlette.types import ASGIApp

from router.clock import SystemClock
from router.domain import JsonObject
from router.policy.policy import Rules
from serving.cluster.deploy import GATEWAY, deployed_models, details
from serving.cluster.paths import ClusterPaths
from serving.deployed import DeployedBackends
from serving.detection.pool import DetectorPool
from serving.gateway import GatewaySettings, wire_gateway
from serving.kms.chosen import key_ring
from serving.live_fleet import LiveFleet
from serving.replica_counts import replica_counts, running_counts
from serving.replica_watch import ReplicaWatch
from serving.starting_rules import starting_rules
from serving.telemetry.cluster_state import ClusterView
from serving.telemetry.cordon_board import posted_cordons
from serving.telemetry.gateway_telemetry import GatewayTelemetry
from serving.telemetry.load_board import posted_loads
from serving.telemetry.otlp import traces_from

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
    ) -> None:
        self._watch = ReplicaWatch(running_counts)
        backends = DeployedBackends(self._watch, lambda: deployed_models(details()))
        deployed = await asyncio.to_thread(backends.look)
        rules = await asyncio.to_thread(
            starting_rules, paths.database_url, rules, given_at_s, deployed
        )
        self._detector = DetectorPool(
            workers=DETECTOR_PROCESSES,
            deadline_s=rules.policy.detection_deadline_s,
            max_waiting=MAX_WAITING_SCANS,
            recognisers=rules.policy.detection.recognisers,
        )
        self._watch.start()
        settings = GatewaySettings(
            database_url=paths.database_url,
            root_secret=paths.root_key.read_bytes(),
            clearance_key=_signing_key(paths.clearance_private_key),
            audit_key=_signing_key(paths.audit_private_key),
            vault=key_ring(paths.secrets, os.environ),
            rules_given_at_s=given_at_s,
            metrics_dir=paths.metrics,
        )
        self._lost = backends.lost
        self._gateway = wire_gateway(
            settings,
            rules,
            backends,
            self._detector,
            deployed=backends.look,
            telemetry=GatewayTelemetry(traces_from(os.environ, SystemClock())),
            view=ClusterView(replica_counts, posted_cordons, posted_loads),
            fleet=LiveFleet(self._watch, GATEWAY),
        )
        await self._detector.start()
        self._gateway.start()

    def __serve_build_asgi_app__(self) -> ASGIApp:
        return self._gateway.app

    def standing(self) -> JsonObject:
        """Which rules this replica decides by, which it refused, and how many requests it has lost
        with replicas; for the supervisor.
        """
        found = self._gateway.watch.standing
        return {
            "replica": serve.get_replica_context().replica_id.unique_id,
            "serving": found.serving,
            "refused": None if found.refused is None else found.refused.digest,
            "refused_applied_at_s": None if found.refused is None else found.refused.applied_at_s,
            "why": found.why,
            "lost": self._lost(),
        }


def _signing_key(file: Path) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(file.read_bytes())


def gateway_deployment(rules: Rules, given_at_s: float, paths: ClusterPaths) -> Application:
    """`given_at_s` is when somebody decided on these rules: a replica that starts again later must
    not take them for newer than what was applied since.
    """
    deployment = serve.deployment(
        GatewayDeployment,
        name=GATEWAY,
        max_ongoing_requests=MAX_ONGOING_REQUESTS,
        ray_actor_options={"num_cpus": 0},
    )
    return deployment.bind(rules, given_at_s, paths)
