"""Replicas as Serve's controller counts them, asked at little cost to the requests of the process.

Not by `serve.status()` or its like: that makes a model of everything the controller says, and
pickles the router's class of each deployment on the way. All requests of the process would stand
still for some 60 ms.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class ReplicaCount:
    wanted: int
    running: int


def replica_counts() -> Mapping[str, ReplicaCount]:
    """By deployment, whose names differ in all applications: models, providers' adapters and the
    gateway. Blocks on Serve's controller.
    """
    from ray.serve.context import _get_global_client  # noqa: PLC0415 -- tests need no Ray

    return counts_in(_get_global_client().get_serve_details())


def running_counts() -> Mapping[str, int]:
    """Of these, the replicas that run."""
    return {name: count.running for name, count in replica_counts().items()}


def counts_in(details: Mapping[str, Any]) -> Mapping[str, ReplicaCount]:
    """Of what Serve's controller says, in the form of its schema `ServeInstanceDetails`. Pure."""
    return {
        name: ReplicaCount(
            wanted=deployment["target_num_replicas"],
            running=sum(each["state"] == "RUNNING" for each in deployment["replicas"]),
        )
        for application in details["applications"].values()
        for name, deployment in application["deployments"].items()
    }
