"""What runs now, for whoever counts places by it."""

from __future__ import annotations

from dataclasses import dataclass

from serving.replica_watch import ReplicaWatch


@dataclass(frozen=True, slots=True)
class LiveFleet:
    """See `router.load.size.Fleet`. `gateway` is the name of the gateways' deployment.

    A model that is reached over HTTP has no replicas here, and so none that are counted.
    """

    watch: ReplicaWatch
    gateway: str

    def replicas(self, model: str) -> int | None:
        return self.watch.replicas(model) or None

    def gateways(self) -> int | None:
        return self.watch.replicas(self.gateway) or None
