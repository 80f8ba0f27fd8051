"""How an engine is deployed: how many replicas, where they may land, and what moves their count."""

from __future__ import annotations

from dataclasses import dataclass

SECURE = "secure"
"""The zone of nodes that may hold what is restricted."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """How few and how many replicas the file allows; both are at least 1."""

    least: int = 1
    most: int = 1

    def allow(self, replicas: int) -> bool:
        return self.least <= replicas <= self.most


@dataclass(frozen=True, slots=True)
class Placement:
    """What a replica needs of its node, beside processors and memory.

    `accelerator_type` is Ray's name of a GPU, None for any; `zone` a label of nodes, None for any.
    A replica splits over `tensor_parallel` GPUs of one node.
    """

    accelerator_type: str | None = None
    tensor_parallel: int = 1
    zone: str | None = None


@dataclass(frozen=True, slots=True)
class Autoscaling:
    """Ray Serve follows the requests under way; the names are its own.

    Between the bounds it wants as many replicas as give each `target_ongoing_requests` on average,
    once the delay has passed in which it would have decided so all along.
    """

    target_ongoing_requests: float
    upscale_delay_s: float
    downscale_delay_s: float
