"""How many replicas a load wants. Pure: Ray Serve asks, and applies its delays to the answer.

The formula is that of Kubernetes' HorizontalPodAutoscaler: desired = ceil(current · mean / target)
for each target, which is ceil(sum / target), and the highest of them counts
(kubernetes.io/docs/tasks/run-application/horizontal-pod-autoscale, "Algorithm details").

It holds for what spreads over replicas: requests under way, and KV caches. What only a queue shows
is no measure of what is needed: it is nothing for as long as there is enough, and without bound
when there is not. So waiting requests and the time to a first token at most double what runs; a
little below their target they keep what there is; far below it they leave the count to the other
targets, and without any of those let one replica go at a time.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

from router.registry.deployment import TOLERANCE, Bounds, Targets

FAR_BELOW = 0.5
"""Twice the load on half of the replicas: what a queue that is shorter than this might bear."""

_MOST_AT_ONCE = 2.0
_ROUNDING = 1e-9
"""Of sums of floats, which must not ask for a whole replica."""


@dataclass(frozen=True, slots=True)
class ReplicaLoad:
    """What one replica reports; `ttft_p95_s` is None where no request got a first token lately."""

    kv_use: float
    waiting_requests: float
    ttft_p95_s: float | None = None


@dataclass(frozen=True, slots=True)
class ModelLoad:
    """What is known of all of a model's replicas.

    `wanted` is how many there are to be now, those that still start included. `replicas` are those
    that run; one that has not reported yet is None. `ongoing_requests` are all that are under way,
    also those that no replica has taken yet.
    """

    wanted: int
    replicas: tuple[ReplicaLoad | None, ...]
    ongoing_requests: float

    @property
    def reported(self) -> tuple[ReplicaLoad, ...]:
        return tuple(replica for replica in self.replicas if replica is not None)


def replicas_wanted(targets: Targets, bounds: Bounds, load: ModelLoad) -> int:
    """How many there should be, within the bounds; without any target, as many as are wanted now.

    A replica that has reported nothing counts as without load where more might be needed, and as
    a reason to keep what there is where fewer might do.
    """
    wanted = max(_votes(targets, load), default=load.wanted) if load.replicas else load.wanted
    if None in load.replicas:
        wanted = max(wanted, load.wanted)
    return min(max(wanted, bounds.least), bounds.most)


def _votes(targets: Targets, load: ModelLoad) -> Iterator[int]:
    if targets.target_ongoing_requests is not None:
        yield _of_load(load.ongoing_requests / targets.target_ongoing_requests, load)
    if targets.target_kv_use is not None:
        used = math.fsum(replica.kv_use for replica in load.reported)
        yield _of_load(used / targets.target_kv_use, load)
    if targets.target_waiting_requests is not None:
        waiting = math.fsum(replica.waiting_requests for replica in load.reported)
        mean = waiting / len(load.replicas)
        yield _of_queue(mean / targets.target_waiting_requests, targets, load)
    if targets.ttft_objective_s is not None:
        yield _of_ttft(targets.ttft_objective_s, targets, load)


def _of_load(needed: float, load: ModelLoad) -> int:
    """`needed` replicas would be at the target."""
    if abs(needed - load.wanted) <= TOLERANCE * load.wanted:
        return load.wanted
    return _whole(needed)


def _of_queue(ratio: float, targets: Targets, load: ModelLoad) -> int:
    """`ratio` is what is measured, over its target."""
    if ratio > 1 + TOLERANCE:
        return max(load.wanted, _whole(len(load.replicas) * min(ratio, _MOST_AT_ONCE)))
    if ratio >= FAR_BELOW:
        return load.wanted
    others_decide = targets.target_ongoing_requests is not None or targets.target_kv_use is not None
    return 0 if others_decide or load.ongoing_requests == 0 else load.wanted - 1


def _of_ttft(objective_s: float, targets: Targets, load: ModelLoad) -> int:
    """Goes by the mean of the replicas: more of them would not mend a single slow one."""
    if not load.ongoing_requests:
        return 0  # what was slow a while ago is no reason any more
    found = [r.ttft_p95_s for r in load.reported if r.ttft_p95_s is not None]
    if found:
        return _of_queue(math.fsum(found) / len(found) / objective_s, targets, load)
    # Requests of which none gets a token are no sign of too many replicas.
    return load.wanted


def _whole(replicas: float) -> int:
    return math.ceil(replicas - _ROUNDING)
