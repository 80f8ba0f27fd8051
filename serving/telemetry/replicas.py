"""Replicas as Serve counts them."""

from __future__ import annotations

from collections.abc import Mapping

from serving.cluster.deploy import application_states, details, whole_state
from serving.telemetry.cluster_state import ReplicaCount


def replica_counts() -> Mapping[str, ReplicaCount]:
    """By deployment: models, providers' adapters and the gateway. Blocks on Serve's controller."""
    state = whole_state(application_states(details()))
    return {
        name: ReplicaCount(wanted=wanted, running=state.running.get(name, 0))
        for name, wanted in state.wanted.items()
    }
