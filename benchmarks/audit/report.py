"""A record → what the README says of the audit log's speed."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.audit.record import (
    MAX_GROWTH_MIB,
    MAX_PROOF_MS,
    MAX_VERIFY_S,
    MIN_RECORDS_PER_S,
    AuditRecord,
)
from benchmarks.readme_block import ReadmeBlock

BLOCK = ReadmeBlock("audit")
_NOT_YET = "No run is recorded yet: `ringfence bench audit` makes one."


def readme_block(record: AuditRecord | None) -> str:
    """What stands between the markers, Markdown."""
    return _NOT_YET if record is None else "\n\n".join(_parts(record))


def _parts(record: AuditRecord) -> Iterator[str]:
    machine = record.machine
    changed = " with uncommitted changes" if record.uncommitted_changes else ""
    yield (
        f"A log of {record.records:,} records on {record.database} {record.database_version}, "
        f"written {record.append.concurrency} at a time through a gateway's own writer while its "
        f"sequencer orders and signs. Measured {record.measured_at:%Y-%m-%d} at "
        f"`{record.commit[:7]}`{changed} on {machine.cpu}, {machine.cores} cores, "
        f"{machine.memory_gib:g} GiB."
    )
    yield "\n".join(_table(record))


def _table(record: AuditRecord) -> Iterator[str]:
    append, proof, verify = record.append, record.proof, record.verify
    yield "| | goal | measured |"
    yield "|---|---|---|"
    yield _row(
        "append",
        f"≥ {MIN_RECORDS_PER_S:,} a second",
        f"{append.records_per_s:,.0f} a second; waits p50 {append.wait_p50_ms:,.0f} ms, p99 "
        f"{append.wait_p99_ms:,.0f} ms",
        append.records_per_s >= MIN_RECORDS_PER_S,
    )
    yield _row(
        "proof that a request is in it",
        f"≤ {MAX_PROOF_MS} ms",
        f"p50 {proof.p50_ms:.1f} ms, p99 {proof.p99_ms:.1f} ms",
        proof.p99_ms <= MAX_PROOF_MS,
    )
    yield _row(
        "`audit verify`, all of it",
        f"≤ {MAX_VERIFY_S} s",
        f"{verify.seconds:,.0f} s, {'whole' if verify.ok else 'NOT WHOLE'}",
        verify.seconds <= MAX_VERIFY_S and verify.ok,
    )
    grown_mib = append.memory.peak_mib - append.memory_after_tenth_mib
    yield _row(
        "memory, from a tenth of the run to its end",
        f"grows by ≤ {MAX_GROWTH_MIB} MiB",
        f"{grown_mib:,.0f} MiB, to {append.memory.peak_mib:,.0f}; {verify.memory.peak_mib:,.0f} "
        "while verifying",
        grown_mib <= MAX_GROWTH_MIB,
    )


def _row(what: str, goal: str, measured: str, met: bool) -> str:
    return f"| {what} | {goal} | **{measured}**{'' if met else ' ✗'} |"
