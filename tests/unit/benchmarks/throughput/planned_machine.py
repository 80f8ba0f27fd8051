"""Records of a machine whose steps are known exactly, made as a benchmark makes them.

Its steps are no straight line, as no real machine's are: few tokens at a time cost what reading the
weights costs, many cost what they compute, and long prompts cost their squares.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate
from random import Random

from throughput_cases import OBJECTIVE, QUIET, fingerprint, record

from benchmarks.throughput.cpu import CpuUse
from benchmarks.throughput.profiles import Profile, scenarios
from benchmarks.throughput.record import PeaksUsed, Run, ThroughputRecord
from benchmarks.throughput.run_of import Sent as Asked
from benchmarks.throughput.run_of import run_of
from benchmarks.throughput.samples import Answered, Sample
from benchmarks.throughput.scenario import Kind, Layer, Lengths, Scenario
from benchmarks.throughput.workload import Request as Prompt
from benchmarks.throughput.workload import Workload
from hardware.queueing_replay import Sent, replay
from hardware.queueing_replica import Engine, Request
from hardware.queueing_steps import StepModel

SLOTS = 16
SHORT = Lengths(128, 128)
CAPACITY_RPS = 1.6
_BETWEEN_SENDS_S = 0.0012


class TwoCores:
    """About what a small model does on two CPU cores."""

    def __init__(self, slower: float = 1.0) -> None:
        self._slower = slower

    def step_s(
        self,
        sequences: int,
        context_tokens: float,
        prefill_tokens: int = 0,
        prefill_pairs: float = 0.0,
        prompts: int = 0,
    ) -> float:
        tokens = sequences + prefill_tokens
        computed_s = 0.0024 * min(tokens, 40) + 0.0011 * max(0, tokens - 40)
        read_s = 0.027 + 2e-6 * context_tokens
        rest_s = 0.006 + 0.004 * prompts + 2e-7 * prefill_pairs
        return self._slower * (max(computed_s, read_s) + rest_s)


def machine_runs(
    profile: Profile = Profile.STANDARD,
    *,
    open_slower: float = 1.0,
    noise: float = 0.03,
    cpu: CpuUse = QUIET,
    seed: int = 1,
) -> list[Run]:
    """Of all scenarios of a profile at the engine; open loops on a machine so much slower."""
    return [
        one_run(scenario, repeat, TwoCores(_slower(scenario, open_slower)), noise, cpu, seed)
        for scenario in scenarios(profile, SLOTS, (SHORT,))
        for repeat in range(scenario.repeats)
    ]


def machine_record(runs: Iterable[Run] | None = None, **around: object) -> ThroughputRecord:
    circumstances = {
        "slots": SLOTS,
        "fingerprint": fingerprint(max_num_seqs=SLOTS),
        **around,
    }
    return record(machine_runs() if runs is None else runs, **circumstances)


def peaks() -> PeaksUsed:
    return PeaksUsed(flops_per_s=3e11, bytes_per_s=2.2e10, source="measured by a test")


def one_run(
    scenario: Scenario, repeat: int, steps: StepModel, noise: float, cpu: CpuUse, seed: int
) -> Run:
    draw = Random(f"{seed}/{scenario.name}/{repeat}")
    lengths, count = scenario.lengths, scenario.requests(SLOTS)
    rate = None if scenario.load is None else round(scenario.load * CAPACITY_RPS, 3)
    arrivals = list(_arrivals(count, rate, draw))
    sent = [Sent(at_s, lengths.isl, lengths.osl) for at_s in arrivals]
    at_a_time = scenario.concurrency
    engine = Engine(steps, SLOTS, 2_048, 10**6)
    samples = [_sample(one, noise, draw) for one in replay(engine, sent, at_a_time)]
    prompt = Prompt(f"{scenario.name} {repeat}", lengths.isl, lengths.osl)
    asked = Asked(Layer.ENGINE, scenario, repeat, Workload((prompt,) * count), rate)
    came = Answered(_duration_s(samples), tuple(samples), tuple(range(count)), {})
    return run_of(asked, came, cpu, None, slots=SLOTS, gpus=1.0, objective=OBJECTIVE, work=None)


def _slower(scenario: Scenario, open_slower: float) -> float:
    return open_slower if scenario.kind is Kind.OPEN else 1.0


def _arrivals(count: int, rate: float | None, draw: Random) -> Iterator[float]:
    """A Poisson process, stretched as `vllm bench serve` does it: the last comes at count/rate."""
    if rate is None:
        yield from (place * _BETWEEN_SENDS_S for place in range(count))
        return
    at_s = list(accumulate(draw.expovariate(rate) for _ in range(count)))
    stretched = count / rate / at_s[-1]
    yield from (one_s * stretched - at_s[0] * stretched for one_s in at_s)


def _sample(served: Request, noise: float, draw: Random) -> Sample:
    gaps = served.output_tokens - 1
    decode_s = (served.finished_s - served.first_token_s) * draw.lognormvariate(0, noise)
    ttft_s = (served.first_token_s - served.arrived_s) * draw.lognormvariate(0, noise)
    return Sample(
        start_s=served.arrived_s,
        ttft_s=ttft_s,
        gaps_s=(decode_s / gaps,) * gaps if gaps else (),
        isl=served.prompt_tokens,
        osl=served.output_tokens,
    )


def _duration_s(samples: Sequence[Sample]) -> float:
    return max(sample.end_s for sample in samples)
