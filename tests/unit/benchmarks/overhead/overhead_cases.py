"""Records of the overhead benchmark, made up."""

from __future__ import annotations

from datetime import UTC, datetime

from benchmarks.machine import Machine
from benchmarks.overhead.figures import spread_ms
from benchmarks.overhead.record import Added, Compared, Door, Engine, OverheadRecord, StepMean
from benchmarks.overhead.workload import Case
from router.telemetry.steps import Step

BARE_MS = 60.0


def compared(case: Case, added: float = 10, n: int = 300, others: float | None = 0.01) -> Compared:
    bare, gateway = door(BARE_MS, n), door(BARE_MS + added, n)
    always = Added(p50_ms=added, low_ms=added, high_ms=added, mean_ms=added)
    return Compared(
        case=case,
        n=n,
        workload_digest="sha256:0",
        bare=bare,
        gateway=gateway,
        ttft_added=always,
        e2e_added=always,
        steps=tuple(StepMean(step=step.value, n=n, mean_ms=2) for step in Step),
        wall_s=150,
        served_cpu_ms=80,
        client_cpu_ms=10,
        others_share=others,
    )


def door(ttft_ms: float, n: int) -> Door:
    ttfts_ms, e2es_ms = (ttft_ms,) * n, (ttft_ms + 160,) * n
    return Door(
        ttft=spread_ms(ttfts_ms), e2e=spread_ms(e2es_ms), ttfts_ms=ttfts_ms, e2es_ms=e2es_ms
    )


def overhead_record(
    added: float = 10, n: int = 300, others: float | None = 0.01, day: int = 1
) -> OverheadRecord:
    return OverheadRecord(
        measured_at=datetime(2026, 1, day, tzinfo=UTC),
        commit="c" * 40,
        uncommitted_changes=False,
        machine=Machine(
            cpu="a processor",
            cores=2,
            memory_gib=24,
            accelerator="none",
            system="Linux",
            python="3.11",
        ),
        libraries={},
        definitions={},
        engine=Engine(ttft_s=0.05, itl_s=0.005),
        policy_digest="sha256:1",
        seed=1,
        prompt_tokens=128,
        answer_tokens=32,
        compared=tuple(compared(case, added, n, others) for case in Case),
    )
