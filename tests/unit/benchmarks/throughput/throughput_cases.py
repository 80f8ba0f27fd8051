"""Runs and records of a machine that is known exactly: so many tokens a second, with some noise."""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.throughput.assemble import Circumstances, assemble
from benchmarks.throughput.cpu import CpuUse
from benchmarks.throughput.efficiency import Work
from benchmarks.throughput.power import PowerUse
from benchmarks.throughput.record import Objective, Run, ThroughputRecord, parse, to_json
from benchmarks.throughput.run_of import Sent, run_of
from benchmarks.throughput.samples import Answered, Sample
from benchmarks.throughput.scenario import Kind, Layer, Lengths, Scenario
from benchmarks.throughput.workload import Request, Workload
from hardware.fingerprint import EngineFacts, Fingerprint
from hardware.probe import probe

SLOTS = 8
ALL = frozenset(Layer)
SHORT = Lengths(128, 64)
OBJECTIVE = Objective(ttft_s=1.0, tpot_s=0.5)
WHEN = datetime(2026, 1, 1, tzinfo=UTC)

UNLOADED = Scenario(Kind.UNLOADED, Lengths(128, 8), ALL, 3, min_requests=12, concurrency=1)
PREFILL = Scenario(Kind.PREFILL, Lengths(512, 1), ALL, 3, min_requests=12)
DECODE = Scenario(Kind.DECODE, Lengths(16, 64), ALL, 3)
OFFLINE = Scenario(Kind.OFFLINE, SHORT, ALL, 3, waves=2.0)
ONE = Scenario(Kind.CLOSED, SHORT, ALL, 3, min_requests=4, concurrency=1)
FOUR = Scenario(Kind.CLOSED, SHORT, ALL, 3, waves=3.0, concurrency=4)
OPEN = Scenario(Kind.OPEN, SHORT, ALL, 3, waves=2.0, load=0.5)
SUITE = (UNLOADED, PREFILL, DECODE, OFFLINE, ONE, FOUR)

QUIET = CpuUse(wall_s=10.0, served_s=8.0, client_s=0.01, others_share=0.01)


class WordTokenizer:
    """A token a word, and one that is put before each prompt."""

    def count(self, text: str) -> int:
        return 1 + len(text.split())


def answers(
    requests: int, at_a_time: int, isl: int, osl: int, step_s: float, ttft_s: float = 0.1
) -> Answered:
    """Waves of `at_a_time` requests that all take a step for a token, one wave after the other."""
    samples = []
    for index in range(requests):
        wave_s = (index // at_a_time) * (ttft_s + (osl - 1) * step_s)
        samples.append(Sample(wave_s, ttft_s, (step_s,) * (osl - 1), isl, osl))
    duration_s = max(sample.end_s for sample in samples)
    return Answered(duration_s, tuple(samples), tuple(range(requests)), {})


def run(
    scenario: Scenario = OFFLINE,
    layer: Layer = Layer.ENGINE,
    repeat: int = 0,
    *,
    step_s: float = 0.02,
    ttft_s: float = 0.1,
    rate: float | None = None,
    cpu: CpuUse = QUIET,
    power: PowerUse | None = None,
    work: Work | None = None,
) -> Run:
    lengths = scenario.lengths
    count = scenario.requests(SLOTS)
    at_a_time = scenario.concurrency or SLOTS
    request = Request(f"{scenario.name} {repeat}", lengths.isl, lengths.osl)
    sent = Sent(layer, scenario, repeat, Workload((request,) * count), rate)
    came = answers(count, at_a_time, lengths.isl, lengths.osl, step_s, ttft_s)
    return run_of(sent, came, cpu, power, slots=SLOTS, gpus=1.0, objective=OBJECTIVE, work=work)


def runs(
    speed: float = 1.0,
    noise: float = 0.005,
    seed: int = 1,
    repeats: int = 3,
    layers: Mapping[Layer, float] | None = None,
    suite: Iterable[Scenario] = SUITE,
) -> list[Run]:
    """Of a machine that is so many times as fast; `layers` says how fast each is of that."""
    draw = random.Random(seed)
    found = []
    for layer, share in (layers or {Layer.ENGINE: 1.0}).items():
        for scenario in suite:
            for repeat in range(repeats):
                factor = speed * share * draw.lognormvariate(0, noise)
                found.append(
                    run(scenario, layer, repeat, step_s=0.02 / factor, ttft_s=0.1 / factor)
                )
    return found


def fingerprint(**arguments: int) -> Fingerprint:
    return probe(
        EngineFacts("sha256:" + "a" * 64, dict(arguments)),
        root=Path("/nowhere"),
        environ={"RINGFENCE_ACCELERATOR": "cpu"},
        packages=(),
        affinity=2,
    )


def circumstances() -> Circumstances:
    return Circumstances(
        measured_at=WHEN,
        commit="c" * 40,
        uncommitted_changes=False,
        profile="standard",
        model="a-model@1",
        gpu="cpu-a-kind",
        gpus=1.0,
        tensor_parallel_size=1,
        fingerprint=fingerprint(max_num_seqs=SLOTS),
        libraries={"vllm": "0.29.0"},
        slots=SLOTS,
        seed=1,
        objective=OBJECTIVE,
        peaks=None,
        gpu_hour_usd=None,
        skipped=(),
    )


def record(found: Iterable[Run] | None = None, **around: object) -> ThroughputRecord:
    """As it is read back from its file."""
    made = assemble(replace(circumstances(), **around), list(runs() if found is None else found))
    return parse(to_json(made), "a record")
