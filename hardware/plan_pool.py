"""How many replicas a rate needs at an objective, by simulation.

A pool of many replicas is simulated with two of them and their share of the rate: more replicas
share their load still better, so that this errs on the safe side.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from hardware.queueing import Lengths, Simulated, simulate, simulate_closed
from hardware.queueing_replica import Engine

_SIMULATED_REPLICAS = (2, 1)
_MIN_REQUESTS, _MAX_REQUESTS = 1_000, 4_000
_TURNOVERS = 4
"""A simulation runs until what is in flight has been replaced so many times."""

_BISECTIONS = 5
_STABLE_SHARE = 0.98
_UNLOADED_SHARE = 0.01


@dataclass(frozen=True, slots=True)
class Objective:
    p95_ttft_s: float
    p95_tpot_s: float | None = None

    def __post_init__(self) -> None:
        for value in (self.p95_ttft_s, self.p95_tpot_s):
            if value is not None and not 0 < value < math.inf:
                raise ValueError(
                    f"an objective of {value:g} s: give a time above 0 (--p95-ttft-ms)"
                )

    def is_met(self, by: Simulated) -> bool:
        tpot_is_met = self.p95_tpot_s is None or not by.tpot_s.p95 > self.p95_tpot_s
        return by.ttft_s.p95 <= self.p95_ttft_s and tpot_is_met


@dataclass(frozen=True, slots=True)
class Pool:
    """`load_share` is the rate as a share of what the pool can take with no objective at all."""

    replicas: int
    requests_per_s: float
    load_share: float
    predicted: Simulated


class PoolSizing:
    """Sizes pools of one engine for one kind of requests; remembers what it has simulated."""

    def __init__(self, engine: Engine, lengths: Lengths, objective: Objective, seed: int) -> None:
        self._engine = engine
        self._lengths = lengths
        self._objective = objective
        self._seed = seed
        mean_tokens = lengths.prompt_tokens + lengths.output_tokens
        held = int(engine.kv_tokens / mean_tokens)
        self._in_flight = max(1, min(engine.max_num_seqs, held))
        self._rates: dict[int, float] = {}
        self._unloaded: Simulated | None = None
        self.saturated_rps = simulate_closed(
            engine,
            lengths,
            concurrency=self._in_flight,
            requests=max(200, 4 * self._in_flight),
            warm_up_share=0.3,
            seed=seed,
        ).requests_per_s
        """What one replica can take, with no objective."""

    def unloaded(self) -> Simulated:
        """What a request sees that is nearly alone: no number of replicas makes it less."""
        if self._unloaded is None:
            self._unloaded = self._simulated(1, self.saturated_rps * _UNLOADED_SHARE)
        return self._unloaded

    def at_least(self, requests_per_s: float) -> int:
        """Fewer replicas than this could not take the rate whatever the objective."""
        return math.ceil(requests_per_s / (self.saturated_rps * _STABLE_SHARE))

    def rate_at_objective(self, replicas: int) -> float:
        """Requests a second that so many replicas take within the objective; 0 for none."""
        if replicas == 0:
            return 0.0
        simulated = _simulated_replicas(replicas)
        if simulated not in self._rates:
            self._rates[simulated] = self._bisect(simulated)
        return self._rates[simulated] / simulated * replicas

    def pool(self, requests_per_s: float) -> Pool:
        """The smallest pool for a rate, at an objective that `unloaded` meets."""
        replicas = max(1, self.at_least(requests_per_s))
        if self.rate_at_objective(replicas) < requests_per_s:
            # From two on, each replica adds the same.
            several = max(2, replicas)
            per_replica = self.rate_at_objective(several) / several
            replicas = max(several, math.ceil(requests_per_s / per_replica))
        return Pool(
            replicas=replicas,
            requests_per_s=requests_per_s,
            load_share=requests_per_s / (replicas * self.saturated_rps),
            predicted=self._simulated(replicas, requests_per_s),
        )

    def _bisect(self, replicas: int) -> float:
        saturated_rps = self.saturated_rps * replicas
        low, high = saturated_rps * _UNLOADED_SHARE, saturated_rps * _STABLE_SHARE
        if self._objective.is_met(self._simulated(replicas, high)):
            return high
        for _ in range(_BISECTIONS):
            middle = (low + high) / 2
            if self._objective.is_met(self._simulated(replicas, middle)):
                low = middle
            else:
                high = middle
        return low

    def _simulated(self, replicas: int, requests_per_s: float) -> Simulated:
        simulated = _simulated_replicas(replicas)
        load_share = min(1.0, requests_per_s / (replicas * self.saturated_rps))
        turned_over = _TURNOVERS * simulated * self._in_flight * load_share
        return simulate(
            self._engine,
            self._lengths,
            requests_per_s=requests_per_s * simulated / replicas,
            replicas=simulated,
            requests=int(min(_MAX_REQUESTS, max(_MIN_REQUESTS, turned_over))),
            warm_up_share=0.2,
            seed=self._seed,
        )


def _simulated_replicas(replicas: int) -> int:
    return next(count for count in _SIMULATED_REPLICAS if count <= replicas)
