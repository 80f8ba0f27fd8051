"""What to buy: for each GPU type how it would be split, how many, at what cost, with what to spare.

What must stay on-prem has replicas of its own: its share of the rate is sized alone, and so is the
rest. When a node is lost, what is left of it serves the private share first.

Of the tensor-parallel splits that meet the objective, the one of the fewest GPUs is taken. Pure.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from hardware.capacity import Fit, Misfit, ServedModel, fit
from hardware.measured_steps import MeasuredSteps
from hardware.plan_pool import Objective, Pool, PoolSizing
from hardware.queueing import Lengths
from hardware.queueing_replica import Engine
from hardware.queueing_steps import StepModel
from hardware.roofline import Calibration, UnknownRate, roofline
from hardware.specs import GPUSpec

_SPLITS = (1, 2, 4, 8, 16)
_HOUR_S = 3_600.0


@dataclass(frozen=True, slots=True)
class Demand:
    """`private_share` is how much of the rate has to have replicas of its own."""

    requests_per_s: float
    lengths: Lengths
    private_share: float
    objective: Objective

    def __post_init__(self) -> None:
        if not 0 < self.requests_per_s < math.inf:
            raise ValueError(
                f"{self.requests_per_s:g} requests a second: plan for a rate above 0 (--rps)"
            )
        if not 0 <= self.private_share <= 1:
            raise ValueError(
                f"a private share of {self.private_share:g}: it is from 0 to 1 (--private-share)"
            )

    @property
    def private_rps(self) -> float:
        return self.requests_per_s * self.private_share

    @property
    def rest_rps(self) -> float:
        return self.requests_per_s - self.private_rps

    @property
    def tokens_per_s(self) -> float:
        return self.requests_per_s * (self.lengths.prompt_tokens + self.lengths.output_tokens)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A GPU type that may be bought; the price is for one GPU, and None where nobody said one.

    What was `measured` of a split predicts that split; a roofline with `calibration` the others.
    """

    gpu: GPUSpec
    gpus_per_node: int
    calibration: Calibration
    gpu_hour_usd: float | None = None
    measured: MeasuredSteps | None = None

    def __post_init__(self) -> None:
        if self.gpus_per_node < 1:
            raise ValueError("a node has one GPU at least")

    def measured_of(self, tensor_parallel_size: int) -> MeasuredSteps | None:
        measured = self.measured
        if measured is None or measured.tensor_parallel_size != tensor_parallel_size:
            return None
        return measured


@dataclass(frozen=True, slots=True)
class NodeLost:
    """The largest node of an option is gone: what its survivors take within the objective.

    `spare_replicas` is how many more to buy, on nodes of their own, for the whole demand to be met
    then, too.
    """

    replicas_left: int
    private_rps: float
    rest_rps: float
    spare_replicas: int


@dataclass(frozen=True, slots=True)
class Option:
    """A GPU type that would do. A pool is None where its share of the demand is 0."""

    candidate: Candidate
    fit: Fit
    private: Pool | None
    rest: Pool | None
    node_lost: NodeLost
    usd_per_mtok: float | None

    @property
    def pools(self) -> tuple[Pool, ...]:
        return tuple(pool for pool in (self.private, self.rest) if pool is not None)

    @property
    def replicas(self) -> int:
        return sum(pool.replicas for pool in self.pools)

    @property
    def gpus(self) -> int:
        return self.replicas * self.fit.tensor_parallel_size

    @property
    def nodes(self) -> int:
        return math.ceil(self.replicas / self.replicas_per_node)

    @property
    def replicas_per_node(self) -> int:
        return self.candidate.gpus_per_node // self.fit.tensor_parallel_size

    @property
    def predicted_from(self) -> Calibration | MeasuredSteps:
        measured = self.candidate.measured_of(self.fit.tensor_parallel_size)
        return measured or self.candidate.calibration

    @property
    def usd_per_hour(self) -> float | None:
        price = self.candidate.gpu_hour_usd
        return None if price is None else price * self.gpus


@dataclass(frozen=True, slots=True)
class Rejected:
    gpu_id: str
    problem: str
    cure: str


@dataclass(frozen=True, slots=True)
class Plan:
    """Options in the order of their cost where there are prices, else of how many GPUs."""

    options: tuple[Option, ...]
    rejected: tuple[Rejected, ...]


class NothingServes(ValueError):
    """No GPU type that was asked about would do; the message has each one's reason and cure."""


def plan(
    model: ServedModel, demand: Demand, candidates: Sequence[Candidate], seed: int = 1
) -> Plan:
    """Raises NothingServes where there is no option at all. Takes about a second for each type."""
    options, rejected = [], []
    for candidate in candidates:
        considered = _consider(model, demand, candidate, seed)
        if isinstance(considered, Option):
            options.append(considered)
        else:
            rejected.append(considered)
    if not options:
        reasons = "\n".join(f"  {r.gpu_id}: {r.problem}\n    cure: {r.cure}" for r in rejected)
        raise NothingServes(f"no GPU type serves {model.shape.name} as asked:\n{reasons}")
    return Plan(tuple(sorted(options, key=_cost)), tuple(rejected))


def _cost(option: Option) -> tuple[bool, float, int]:
    usd = option.usd_per_hour
    return usd is None, usd or 0.0, option.gpus


@dataclass(frozen=True, slots=True)
class _Split:
    fit: Fit
    sizing: PoolSizing

    def at_least_gpus(self, demand: Demand) -> int:
        """A bound that costs nothing to compute: no objective would be met with fewer."""
        rates = (demand.private_rps, demand.rest_rps)
        return self.fit.tensor_parallel_size * sum(map(self.sizing.at_least, rates))


def _consider(
    model: ServedModel, demand: Demand, candidate: Candidate, seed: int
) -> Option | Rejected:
    gpu_id = candidate.gpu.id
    sizes = [size for size in _SPLITS if size <= candidate.gpus_per_node]
    fits = [_fit(model, candidate, size) for size in sizes]
    try:
        splits = list(_splits(model, demand, candidate, fits, seed))
    except UnknownRate as error:
        cure = "plan with a type whose figures the table has, or give a record of one (--measured)"
        return Rejected(gpu_id, str(error), cure)
    if not splits:
        misfit = next(each for each in reversed(fits) if isinstance(each, Misfit))
        return Rejected(gpu_id, misfit.problem, misfit.cure)
    best: Option | None = None
    for split in sorted(splits, key=lambda split: split.at_least_gpus(demand)):
        if best is not None and split.at_least_gpus(demand) >= best.gpus:
            break
        if demand.objective.is_met(split.sizing.unloaded()):
            option = _option(demand, candidate, split)
            best = option if best is None or option.gpus < best.gpus else best
    return best or _too_slow(gpu_id, demand, splits)


def _fit(model: ServedModel, candidate: Candidate, tensor_parallel_size: int) -> Fit | Misfit:
    measured = candidate.measured_of(tensor_parallel_size)
    cache = None if measured is None else measured.kv_cache_bytes
    return fit(_as_measured(model, measured), candidate.gpu, tensor_parallel_size, cache)


def _as_measured(model: ServedModel, measured: MeasuredSteps | None) -> ServedModel:
    """A line says nothing of more sequences at a time than it was drawn through."""
    if measured is None:
        return model
    max_num_seqs = min(model.limits.max_num_seqs, measured.max_num_seqs)
    return replace(model, limits=replace(model.limits, max_num_seqs=max_num_seqs))


def _splits(
    model: ServedModel,
    demand: Demand,
    candidate: Candidate,
    fits: Sequence[Fit | Misfit],
    seed: int,
) -> Iterator[_Split]:
    for found in fits:
        if isinstance(found, Misfit):
            continue
        size = found.tensor_parallel_size
        measured = candidate.measured_of(size)
        steps: StepModel
        if measured is None:
            steps = roofline(model, candidate.gpu, size, candidate.calibration)
        else:
            steps = measured.steps
        limits = _as_measured(model, measured).limits
        engine = Engine(steps, limits.max_num_seqs, limits.max_num_batched_tokens, found.kv_tokens)
        yield _Split(found, PoolSizing(engine, demand.lengths, demand.objective, seed))


def _option(demand: Demand, candidate: Candidate, split: _Split) -> Option:
    sizing = split.sizing
    private = sizing.pool(demand.private_rps) if demand.private_rps > 0 else None
    rest = sizing.pool(demand.rest_rps) if demand.rest_rps > 0 else None
    replicas_private = 0 if private is None else private.replicas
    replicas = replicas_private + (0 if rest is None else rest.replicas)
    lost = min(replicas, candidate.gpus_per_node // split.fit.tensor_parallel_size)
    left_private = min(replicas_private, replicas - lost)
    left_rest = replicas - lost - left_private
    private_rps = min(demand.private_rps, sizing.rate_at_objective(left_private))
    rest_rps = min(demand.rest_rps, sizing.rate_at_objective(left_rest))
    still_met = (private_rps, rest_rps) == (demand.private_rps, demand.rest_rps)
    usd_per_mtok = None
    if candidate.gpu_hour_usd is not None:
        usd_per_s = candidate.gpu_hour_usd * replicas * split.fit.tensor_parallel_size / _HOUR_S
        usd_per_mtok = usd_per_s / demand.tokens_per_s * 1e6
    return Option(
        candidate=candidate,
        fit=split.fit,
        private=private,
        rest=rest,
        node_lost=NodeLost(
            replicas_left=replicas - lost,
            private_rps=private_rps,
            rest_rps=rest_rps,
            spare_replicas=0 if still_met else lost,
        ),
        usd_per_mtok=usd_per_mtok,
    )


def _too_slow(gpu_id: str, demand: Demand, splits: Sequence[_Split]) -> Rejected:
    """By the split that answers a request that is alone first."""
    best = min((split.sizing.unloaded() for split in splits), key=lambda seen: seen.ttft_s.p95)
    objective = demand.objective
    what, reached_s, asked_s = "TTFT", best.ttft_s.p95, objective.p95_ttft_s
    if reached_s <= asked_s and objective.p95_tpot_s is not None:
        what, reached_s, asked_s = "TPOT", best.tpot_s.p95, objective.p95_tpot_s
    return Rejected(
        gpu_id,
        f"a request that is alone has a p95 {what} of {reached_s * 1e3:.0f} ms already, and "
        f"{asked_s * 1e3:.0f} ms are asked for",
        f"allow at least {reached_s * 1e3:.0f} ms (--p95-{what.lower()}-ms), use weights of fewer "
        "bits, or a faster GPU",
    )
