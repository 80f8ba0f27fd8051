"""The very requests of a measured run, sent to a simulated replica: what would have been seen then.

A run of forty requests is no steady state: its ramp, its waves and its last answers are in its
figures. So a run is compared with itself and not with a long simulation of its like: the same
lengths, and the same moments wherever they were given and did not follow from answers.
"""

from __future__ import annotations

from bisect import insort
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import inf
from operator import attrgetter

from hardware.queueing_replica import Engine, Replica, Request

_ARRIVED = attrgetter("arrived_s")

TURNAROUND_S = 1e-3
"""From an answer's end to the next request of a closed loop, and between two that are sent at once:
little, but a step that begins at the answer's end is missed.
"""


@dataclass(frozen=True, slots=True)
class Sent:
    """`arrived_s` counts from the beginning of the run."""

    arrived_s: float
    prompt_tokens: int
    output_tokens: int


def replay(engine: Engine, sent: Sequence[Sent], at_a_time: int | None = None) -> list[Request]:
    """What became of each, in the order in which they arrived. Pure.

    In a closed loop of `at_a_time` the first so many arrive when they say, and each of the others
    when an answer has ended. Raises ValueError for a request that the KV cache can never hold.
    """
    if at_a_time is not None and at_a_time < 1:
        raise ValueError("a closed loop has one request at a time at least")
    ordered = sorted(sent, key=_ARRIVED)
    first = len(ordered) if at_a_time is None else at_a_time
    coming, later = deque(ordered[:first]), deque(ordered[first:])
    replica, served = Replica(engine), list[Request]()
    while coming or not replica.is_idle:
        if coming and (replica.is_idle or coming[0].arrived_s <= replica.now_s):
            one = coming.popleft()
            served.append(Request(one.arrived_s, one.prompt_tokens, one.output_tokens))
            replica.submit(served[-1])
            continue
        replica.step(coming[0].arrived_s if coming else inf)
        for place, ended in enumerate(replica.finished, 1):
            if later:
                follows = later.popleft()
                at_s = ended.finished_s + place * TURNAROUND_S
                insort(coming, replace(follows, arrived_s=at_s), key=_ARRIVED)
    return served
