"""A discrete-event simulation of replicas behind a router: what waits, and for how long.

Arrivals are Poisson and go to the replica with the fewest requests outstanding, as Ray Serve and
the gateway route; or a fixed number of clients each send when they have their answer. Seeded: the
same input gives the same answer. Where closed forms exist (hardware/queueing_theory.py), it agrees
with them; tests say how closely.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hardware.queueing_replica import Engine, Replica, Request


@dataclass(frozen=True, slots=True)
class Lengths:
    """Tokens of prompts and answers: log-normal with these means, `cv` being the ratio of standard
    deviation to mean, 0 for a fixed length; none longer than `at_most` together.
    """

    prompt_tokens: float
    output_tokens: float
    cv: float = 0.0
    at_most: int | None = None

    def __post_init__(self) -> None:
        if min(self.prompt_tokens, self.output_tokens) < 1 or self.cv < 0:
            raise ValueError("prompts and answers have a token at least, and no negative spread")
        if self.at_most is not None and self.prompt_tokens + self.output_tokens > self.at_most:
            raise ValueError(
                f"prompts and answers of {self.prompt_tokens:g} and {self.output_tokens:g} tokens "
                f"do not fit a context of {self.at_most:,}"
            )

    def draw(self, count: int, random: np.random.Generator) -> list[tuple[int, int]]:
        prompts = _drawn(self.prompt_tokens, self.cv, count, random)
        outputs = _drawn(self.output_tokens, self.cv, count, random)
        if self.at_most is not None:
            prompts = np.minimum(prompts, self.at_most - 1)
            outputs = np.minimum(outputs, self.at_most - prompts)
        return list(zip(prompts.tolist(), outputs.tolist(), strict=True))


@dataclass(frozen=True, slots=True)
class Percentiles:
    mean: float
    p50: float
    p95: float
    p99: float


@dataclass(frozen=True, slots=True)
class Simulated:
    """TTFT is from arrival to the first token, TPOT (E2E - TTFT) / (tokens - 1), as vLLM has them.

    `busy_share` is the time in which a replica has any work; `mean_waiting` and `mean_running` are
    requests over all replicas, and with the throughput they obey Little's law.
    """

    requests: int
    duration_s: float
    ttft_s: Percentiles
    tpot_s: Percentiles
    e2e_s: Percentiles
    waiting_s: Percentiles
    requests_per_s: float
    output_tokens_per_s: float
    busy_share: float
    mean_waiting: float
    mean_running: float


def simulate(
    engine: Engine,
    lengths: Lengths,
    *,
    requests_per_s: float,
    replicas: int = 1,
    requests: int = 2_000,
    warm_up_share: float = 0.1,
    seed: int = 1,
) -> Simulated:
    """An open loop: Poisson arrivals, whatever the replicas can take. Pure.

    The first `warm_up_share` of the requests counts for no percentile. More than the replicas can
    take has no steady state: what comes out then grows with `requests`.
    """
    if not 0 < requests_per_s < math.inf or replicas < 1 or requests < 1:
        raise ValueError("simulate a positive rate, one replica and one request at least")
    random = np.random.default_rng(seed)
    arrivals = np.cumsum(random.exponential(1 / requests_per_s, requests)).tolist()
    drawn = lengths.draw(requests, random)
    fleet = [Replica(engine) for _ in range(replicas)]
    served = []
    for arrived_s, (prompt, output) in zip(arrivals, drawn, strict=True):
        for replica in fleet:
            replica.advance(arrived_s)
        request = Request(arrived_s, prompt, output)
        min(fleet, key=lambda replica: replica.outstanding(arrived_s)).submit(request)
        served.append(request)
    for replica in fleet:
        replica.advance(math.inf)
    return _summary(served, fleet, warm_up_share)


def simulate_closed(
    engine: Engine,
    lengths: Lengths,
    *,
    concurrency: int,
    requests: int = 1_000,
    warm_up_share: float = 0.1,
    seed: int = 1,
) -> Simulated:
    """A closed loop on one replica: so many clients, each with one request at a time. Pure."""
    if concurrency < 1 or requests < concurrency:
        raise ValueError("simulate one client at least, and a request for each")
    drawn = lengths.draw(requests, np.random.default_rng(seed))
    replica = Replica(engine)
    served = [Request(0.0, *each) for each in drawn[:concurrency]]
    for request in served:
        replica.submit(request)
    while not replica.is_idle:
        replica.step()
        for each in replica.finished:
            if len(served) < requests:
                served.append(Request(each.finished_s, *drawn[len(served)]))
                replica.submit(served[-1])
    return _summary(served, [replica], warm_up_share)


def _summary(
    served: Sequence[Request], fleet: Sequence[Replica], warm_up_share: float
) -> Simulated:
    counted = served[int(len(served) * warm_up_share) :]
    end_s = max(request.finished_s for request in served)
    # Throughput while requests arrive: what drains after the last one is no steady state.
    from_s, to_s = counted[0].arrived_s, counted[-1].arrived_s
    within = [r for r in served if from_s < r.finished_s <= to_s]
    if not within:
        from_s, to_s, within = 0.0, end_s, list(served)
    span_s = to_s - from_s
    several = [r for r in counted if r.output_tokens > 1]
    waits = [r.admitted_s - r.arrived_s for r in served]
    return Simulated(
        requests=len(counted),
        duration_s=end_s,
        ttft_s=_percentiles([r.first_token_s - r.arrived_s for r in counted]),
        tpot_s=_percentiles(
            [(r.finished_s - r.first_token_s) / (r.output_tokens - 1) for r in several]
        ),
        e2e_s=_percentiles([r.finished_s - r.arrived_s for r in counted]),
        waiting_s=_percentiles([r.admitted_s - r.arrived_s for r in counted]),
        requests_per_s=len(within) / span_s,
        output_tokens_per_s=sum(r.output_tokens for r in within) / span_s,
        busy_share=sum(replica.busy_s for replica in fleet) / end_s / len(fleet),
        mean_waiting=sum(waits) / end_s,
        mean_running=sum(replica.running_seconds for replica in fleet) / end_s,
    )


def _percentiles(values: Sequence[float]) -> Percentiles:
    if not values:
        return Percentiles(math.nan, math.nan, math.nan, math.nan)
    p50, p95, p99 = np.percentile(values, (50, 95, 99)).tolist()
    return Percentiles(float(np.mean(values)), p50, p95, p99)


def _drawn(mean: float, cv: float, count: int, random: np.random.Generator) -> NDArray[np.int64]:
    """Log-normal: sigma² = ln(1 + cv²), mu = ln(mean) - sigma²/2. A fixed length where cv is 0."""
    variance = math.log1p(cv * cv)
    drawn = random.lognormal(math.log(mean) - variance / 2, math.sqrt(variance), count)
    whole: NDArray[np.int64] = np.maximum(1, np.rint(drawn)).astype(np.int64)
    return whole
