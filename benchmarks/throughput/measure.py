"""One layer after another: warm-up, every scenario as often as it says, a Run of each."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from benchmarks.throughput.cpu import CpuMeter, Family
from benchmarks.throughput.efficiency import Work
from benchmarks.throughput.figures import median, rounded
from benchmarks.throughput.generator import Arrivals, GeneratorFailed, LoadGenerator, Target
from benchmarks.throughput.power import PowerMeter
from benchmarks.throughput.record import Objective, Run
from benchmarks.throughput.run_of import Sent, run_of
from benchmarks.throughput.samples import Answered, answered
from benchmarks.throughput.scenario import Kind, Layer, Lengths, Scenario
from benchmarks.throughput.summary import is_kept
from benchmarks.throughput.workload import Tokenizer, Workload, workload

OnProgress = Callable[[str], None]
_WARM = Lengths(64, 16)
_WARM_REPEAT = -1
_OVERHEAD_S = 300.0
_SLOWEST_TOKENS_PER_S = 0.5
_MAX_FAILED_SHARE = 0.5


class NothingAnswered(Exception):
    """A run of which most requests failed: nothing of it would be a figure of what was asked."""


@dataclass(frozen=True, slots=True)
class Door:
    """A layer that answers: where, and which processes serve it, None where that is not known."""

    layer: Layer
    target: Target
    family: Family | None


@dataclass(slots=True)
class Bench:
    """What all layers of one record are measured with. `capacities` are the requests a second that
    lengths reached offline, at the first layer that was measured with them.
    """

    generator: LoadGenerator
    tokenizer: Tokenizer
    slots: int
    gpus: float
    seed: int
    objective: Objective
    work: Work | None
    on_progress: OnProgress
    capacities: dict[Lengths, float] = field(default_factory=dict)

    def measure(self, door: Door, scenarios: Sequence[Scenario]) -> Iterator[Run]:
        """Raises NothingAnswered, GeneratorFailed and NotAResult."""
        self._warm_up(door)
        found: list[Run] = []
        for scenario in scenarios:
            if scenario.kind is Kind.OPEN and self._is_beyond_the_knee(found, scenario):
                continue
            runs = [self._once(door, scenario, repeat) for repeat in range(scenario.repeats)]
            if scenario.kind is Kind.OFFLINE:
                reached = median([run.request_per_s for run in runs])
                assert reached is not None
                self.capacities.setdefault(scenario.lengths, float(f"{reached:.2g}"))
            found += runs
            yield from runs

    def _warm_up(self, door: Door) -> None:
        """Caches, threads and kernels: thrown away."""
        self.on_progress(f"{door.layer}: warm-up")
        scenario = Scenario(Kind.OFFLINE, _WARM, frozenset({door.layer}), 1, waves=0.5)
        sent = workload(scenario, _WARM_REPEAT, self.slots, self.seed, self.tokenizer)
        self._require(self._send(door, sent, Arrivals()), sent)

    def _once(self, door: Door, scenario: Scenario, repeat: int) -> Run:
        self.on_progress(f"{door.layer}: {scenario.name}, {repeat + 1} of {scenario.repeats}")
        requests = workload(scenario, repeat, self.slots, self.seed, self.tokenizer)
        sent = Sent(door.layer, scenario, repeat, requests, self._rate(scenario))
        cpu = CpuMeter(door.family, self.generator.cpu_s)
        with PowerMeter() as power:
            came = self._send(door, requests, Arrivals(scenario.concurrency, sent.rate))
        took = cpu.read()
        self._require(came, requests)
        return run_of(
            sent,
            came,
            took,
            power.read(),
            slots=self.slots,
            gpus=self.gpus,
            objective=self.objective,
            work=self.work,
        )

    def _send(self, door: Door, sent: Workload, arrivals: Arrivals) -> Answered:
        tokens = sum(request.osl for request in sent.requests)
        waiting_s = len(sent.requests) / arrivals.rate if arrivals.rate else 0.0
        limit_s = _OVERHEAD_S + waiting_s + tokens / _SLOWEST_TOKENS_PER_S
        return answered(self.generator.run(door.target, sent, arrivals, self.seed, limit_s))

    def _require(self, came: Answered, sent: Workload) -> None:
        failed = sum(came.failures.values())
        if failed > _MAX_FAILED_SHARE * len(sent.requests):
            told = ", ".join(f"{count} {reason}" for reason, count in came.failures.items())
            raise NothingAnswered(f"{failed} of {len(sent.requests)} requests failed: {told}")

    def _rate(self, scenario: Scenario) -> float | None:
        if scenario.load is None:
            return None
        if scenario.lengths not in self.capacities:
            raise GeneratorFailed(f"no offline run of {scenario.lengths} says what the load is of")
        return rounded(scenario.load * self.capacities[scenario.lengths])

    def _is_beyond_the_knee(self, found: Sequence[Run], scenario: Scenario) -> bool:
        """Whether a lower rate of the same lengths was too much already, in most repeats."""
        same = [
            run
            for run in found
            if run.kind is Kind.OPEN
            and (run.isl, run.osl, run.is_mix)
            == (scenario.lengths.isl, scenario.lengths.osl, scenario.lengths.is_mix)
        ]
        last = [run for run in same if run.scenario == same[-1].scenario]
        kept = sum(is_kept(run, self.objective) for run in last)
        return bool(last) and kept * 2 < len(last)
