"""One run: every case by itself, in it one pair after the other, through both doors.

Of each pair the first goes through the one door and of the next pair through the other, so that
neither door is always the one that comes after a pause or after the other's work.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.machine import commit, library_versions, this_machine
from benchmarks.overhead.client import Client, Target, Timing
from benchmarks.overhead.definitions import DEFINITIONS
from benchmarks.overhead.figures import added_ms, spread_ms
from benchmarks.overhead.record import Compared, Door, Engine, OverheadRecord, StepMean
from benchmarks.overhead.steps import rise, spent
from benchmarks.overhead.workload import (
    ANSWER_TOKENS,
    PROMPT_TOKENS,
    Case,
    Messages,
    Workload,
    workload,
)
from benchmarks.throughput.cpu import CpuMeter, CpuUse, Family
from benchmarks.throughput.figures import rounded

LIBRARIES = ("httpx2", "onnxruntime", "ray", "ringfence", "sqlalchemy", "starlette", "uvicorn")

OnCase = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Doors:
    """Two ways to one engine. `page` reads the gateway's metrics, `family` are who serves, and
    `policy_digest` is of the rules that the gateway follows.
    """

    bare: Target
    gateway: Target
    engine: Engine
    policy_digest: str
    page: Callable[[], str]
    family: Family


@dataclass(frozen=True, slots=True)
class Pair:
    bare: Timing
    gateway: Timing


def measure(doors: Doors, pairs: int, warm_up: int, seed: int, on_case: OnCase) -> OverheadRecord:
    """Asks both doors, one request at a time. Raises NotAnswered."""
    measured_at = datetime.now(UTC).replace(microsecond=0)
    with ExitStack() as opened:
        bare, gateway = (
            opened.enter_context(Client(target)) for target in (doors.bare, doors.gateway)
        )
        bench = _Bench(doors, bare, gateway, seed)
        found = []
        for case in Case:
            on_case(f"{case}: {pairs} pairs")
            found.append(bench.compare(workload(case, pairs, warm_up, seed)))
    head, changed = commit(Path(__file__).parent)
    return OverheadRecord(
        measured_at=measured_at,
        commit=head,
        uncommitted_changes=changed,
        machine=this_machine(),
        libraries=library_versions(LIBRARIES),
        definitions=DEFINITIONS,
        engine=doors.engine,
        policy_digest=doors.policy_digest,
        seed=seed,
        prompt_tokens=PROMPT_TOKENS,
        answer_tokens=ANSWER_TOKENS,
        compared=tuple(found),
    )


@dataclass(frozen=True, slots=True)
class _Bench:
    doors: Doors
    bare: Client
    gateway: Client
    seed: int

    def compare(self, work: Workload) -> Compared:
        for messages in work.first:
            self.gateway.ask(messages)
        for _ in asked(work.warm_up, self.bare, self.gateway):
            pass
        before = spent(self.doors.page())
        cpu = CpuMeter(self.doors.family, time.process_time)
        pairs = tuple(asked(work.timed, self.bare, self.gateway))
        took = cpu.read()
        steps = rise(before, spent(self.doors.page()))
        means = tuple(
            StepMean(step=step.value, n=each.count, mean_ms=rounded(each.mean_ms))
            for step, each in steps.items()
        )
        return compared(work, pairs, means, took, self.seed)


def asked(questions: Sequence[Messages], bare: Client, gateway: Client) -> Iterator[Pair]:
    """Each question through both doors, and another one first each time. Raises NotAnswered."""
    for number, messages in enumerate(questions):
        if number % 2:
            after = gateway.ask(messages)
            yield Pair(bare.ask(messages), after)
        else:
            before = bare.ask(messages)
            yield Pair(before, gateway.ask(messages))


def compared(
    work: Workload, pairs: Sequence[Pair], steps: tuple[StepMean, ...], took: CpuUse, seed: int
) -> Compared:
    """Pure."""
    bare = _door([pair.bare for pair in pairs])
    gateway = _door([pair.gateway for pair in pairs])
    served_s = took.served_s
    return Compared(
        case=work.case,
        n=len(pairs),
        workload_digest=work.digest,
        bare=bare,
        gateway=gateway,
        ttft_added=added_ms(bare.ttfts_ms, gateway.ttfts_ms, seed),
        e2e_added=added_ms(bare.e2es_ms, gateway.e2es_ms, seed),
        steps=steps,
        wall_s=rounded(took.wall_s),
        served_cpu_ms=None if served_s is None else rounded(served_s / len(pairs) * 1_000),
        client_cpu_ms=rounded(took.client_s / len(pairs) * 1_000),
        others_share=None if took.others_share is None else rounded(took.others_share),
    )


def _door(timings: Sequence[Timing]) -> Door:
    ttfts_ms = tuple(rounded(timing.ttft_s * 1_000) for timing in timings)
    e2es_ms = tuple(rounded(timing.e2e_s * 1_000) for timing in timings)
    return Door(
        ttft=spread_ms(ttfts_ms), e2e=spread_ms(e2es_ms), ttfts_ms=ttfts_ms, e2es_ms=e2es_ms
    )
