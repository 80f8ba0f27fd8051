"""One run: each scenario in turn, several times, so that all of them see the same machine."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.machine import commit, library_versions, this_machine
from benchmarks.overload.load import Phase, Target, run_phase
from benchmarks.overload.record import Engine, Load, OverloadRecord, Waits
from benchmarks.overload.scenario import Scenario, Workload

_LIBRARIES = ("httpx2", "sqlalchemy", "starlette", "uvicorn")

OnPhase = Callable[[int, Scenario], None]
"""(phases done, the one that begins)"""


class NothingAnswered(Exception):
    """A whole scenario without an answer: there is nothing to compare."""


def measure(
    target: Target, engine: Engine, workload: Workload, on_phase: OnPhase
) -> OverloadRecord:
    """Loads the target for as long as the workload says. Raises NothingAnswered."""
    phases = asyncio.run(_phases(target, workload, on_phase))
    head, changed = commit(Path(__file__).parent)
    return OverloadRecord(
        measured_at=datetime.now(UTC),
        commit=head,
        uncommitted_changes=changed,
        machine=this_machine(),
        libraries=library_versions(_LIBRARIES),
        engine=engine,
        load=Load(
            quiet_rps=workload.quiet_rps,
            flood_clients=workload.clients,
            seconds=workload.seconds,
            repeats=workload.repeats,
        ),
        waits=tuple(
            waits(scenario, [phase for phase in phases if phase.scenario is scenario])
            for scenario in Scenario
        ),
    )


async def _phases(target: Target, workload: Workload, on_phase: OnPhase) -> list[Phase]:
    phases: list[Phase] = []
    for _ in range(workload.repeats):
        for scenario in Scenario:
            on_phase(len(phases), scenario)
            phases.append(await run_phase(target, scenario, workload))
    return phases


def waits(scenario: Scenario, phases: Sequence[Phase]) -> Waits:
    """The figures of one scenario. Raises NothingAnswered."""
    if not all(phase.latencies_s for phase in phases):
        raise NothingAnswered(scenario.value)
    together = sorted(latency_s for phase in phases for latency_s in phase.latencies_s)
    return Waits(
        scenario=scenario,
        n=len(together),
        p50_ms=_percentile_ms(together, 50),
        p95_ms=_percentile_ms(together, 95),
        p99_ms=_percentile_ms(together, 99),
        max_ms=_percentile_ms(together, 100),
        p95_each_ms=tuple(_percentile_ms(sorted(phase.latencies_s), 95) for phase in phases),
        quiet_statuses=dict(sum((phase.quiet for phase in phases), Counter[str]())),
        flood_statuses=dict(sum((phase.flood for phase in phases), Counter[str]())),
    )


def _percentile_ms(ordered_s: Sequence[float], percent: int) -> float:
    """Nearest rank."""
    return round(ordered_s[max(0, -(-percent * len(ordered_s) // 100) - 1)] * 1_000, 1)
