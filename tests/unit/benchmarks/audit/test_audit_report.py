"""The README shows the newest whole run on the audit log, and says which goals it missed."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from benchmarks.audit.record import Append, AuditRecord, Memory, Proof, Verify, newest, save
from benchmarks.audit.report import BLOCK, readme_block
from benchmarks.machine import Machine

ROOT = Path(__file__).parents[4]
MEMORY = Memory(start_mib=50, peak_mib=80)


def audit_record(records_per_s: float = 2_500, records: int = 1_000_000) -> AuditRecord:
    return AuditRecord(
        measured_at=datetime(2026, 1, 1, tzinfo=UTC),
        commit="c" * 40,
        uncommitted_changes=False,
        records=records,
        database="sqlite",
        database_version="3.45",
        machine=Machine(
            cpu="a processor",
            cores=2,
            memory_gib=24,
            accelerator="none",
            system="Linux",
            python="3.11",
        ),
        libraries={},
        append=Append(
            concurrency=256,
            seconds=400,
            cpu_s=400,
            records_per_s=records_per_s,
            wait_p50_ms=100,
            wait_p99_ms=200,
            wait_max_ms=300,
            placed_behind_s=0.5,
            checkpoints=8,
            memory=MEMORY,
            memory_after_tenth_mib=78,
            database_mib=2_000,
        ),
        proof=Proof(n=100, p50_ms=10, p99_ms=20, max_ms=30, memory=MEMORY),
        verify=Verify(seconds=50, ok=True, size=records, memory=MEMORY),
    )


def test_a_run_that_meets_its_goals_says_nothing_of_them_but_figures() -> None:
    block = readme_block(audit_record())
    assert "2,500 a second" in block
    assert "\u2717" not in block
    assert audit_record().missed == ()


def test_a_missed_goal_is_marked() -> None:
    block = readme_block(audit_record(records_per_s=1_999))
    assert "| **1,999 a second; waits p50 100 ms, p99 200 ms** \u2717 |" in block


def test_small_runs_do_not_count(tmp_path: Path) -> None:
    save(audit_record(records=50_000), tmp_path)
    assert newest(tmp_path) is None
    save(audit_record(), tmp_path)
    assert newest(tmp_path) == audit_record()


def test_the_readme_shows_the_newest_whole_run() -> None:
    readme = (ROOT / "README.md").read_text("utf-8")
    found = newest(ROOT / "benchmarks" / "results" / "audit")
    assert readme == BLOCK.put(readme_block(found), readme), (
        "README.md is stale; `ringfence bench audit --report` renews it"
    )
