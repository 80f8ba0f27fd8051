"""The custom resources by which Ray puts replicas where they belong.

A node that has one may run what asks for a little of it; nothing that asks lands elsewhere.
"""

from __future__ import annotations

GATEWAY_RESOURCE = "gateway"
EGRESS_RESOURCE = "egress"
PEER_RESOURCE = "peer"
A_LITTLE = 0.001


def zone_resource(zone: str) -> str:
    return f"zone:{zone}"
