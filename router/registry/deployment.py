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


TOLERANCE = 0.1
"""So far from its target, as a fraction of it, a measure moves nothing: the HPA's own default."""


@dataclass(frozen=True, slots=True)
class Targets:
    """What one replica is to have, each None where it does not matter.

    Requests under way, the part of its KV cache in use (0 to 1), requests that wait in its engine,
    and the 95th percentile of the time to a first token.
    """

    target_ongoing_requests: float | None = None
    target_kv_use: float | None = None
    target_waiting_requests: float | None = None
    ttft_objective_s: float | None = None

    @property
    def follows(self) -> tuple[str, ...]:
        """What is measured for them, in words; nothing for none."""
        named = {
            "requests under way": self.target_ongoing_requests,
            "KV use": self.target_kv_use,
            "requests that wait in the engine": self.target_waiting_requests,
            "TTFT": self.ttft_objective_s,
        }
        return tuple(name for name, target in named.items() if target is not None)


@dataclass(frozen=True, slots=True)
class Autoscaling:
    """The count of replicas follows the load, between the bounds, to at least one target.

    It moves once the delay has passed in which the other count was wanted all along.
    """

    targets: Targets
    upscale_delay_s: float
    downscale_delay_s: float
