"""What a run leaves: every figure, on what, with what, and whether it is what was promised."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict

from benchmarks.machine import Machine

WHOLE = 1_000_000
"""Records of a run that stands for something; the goals are of such a one."""
MIN_RECORDS_PER_S = 2_000
MAX_PROOF_MS = 50
MAX_VERIFY_S = 60
MAX_GROWTH_MIB = 64
"""What memory may grow by between a tenth of the run and its end and still be called flat."""


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Memory(_Part):
    """Resident memory of the process, gateway, load and measurement together."""

    start_mib: float
    peak_mib: float


class Append(_Part):
    """A record is one entry of the log with its row: the decision or the outcome of a request.

    `cpu_s` is of the whole process, the load included. Waits are from asking to durable.
    `placed_behind_s` is how long after the last was durable all had their places in the log;
    `memory_after_tenth_mib` the peak up to a tenth of the run.
    """

    concurrency: int
    seconds: float
    cpu_s: float
    records_per_s: float
    wait_p50_ms: float
    wait_p99_ms: float
    wait_max_ms: float
    placed_behind_s: float
    checkpoints: int
    memory: Memory
    memory_after_tenth_mib: float
    database_mib: float


class Proof(_Part):
    """Of requests at random: both of their entries, each against the latest checkpoint."""

    n: int
    p50_ms: float
    p99_ms: float
    max_ms: float
    memory: Memory


class Verify(_Part):
    seconds: float
    ok: bool
    size: int
    memory: Memory


class AuditRecord(_Part):
    schema_version: Literal[1] = 1
    suite: Literal["audit"] = "audit"
    measured_at: datetime
    commit: str
    uncommitted_changes: bool
    records: int
    database: Literal["sqlite", "postgresql"]
    database_version: str
    machine: Machine
    libraries: dict[str, str]
    append: Append
    proof: Proof
    verify: Verify

    @property
    def missed(self) -> tuple[str, ...]:
        """The goals that this run missed, in words."""
        grown_mib = self.append.memory.peak_mib - self.append.memory_after_tenth_mib
        checks = {
            f"{MIN_RECORDS_PER_S} records a second": self.append.records_per_s >= MIN_RECORDS_PER_S,
            f"a proof in {MAX_PROOF_MS} ms": self.proof.p99_ms <= MAX_PROOF_MS,
            f"verified in {MAX_VERIFY_S} s": self.verify.seconds <= MAX_VERIFY_S,
            "the log verifies": self.verify.ok and self.verify.size == self.records,
            f"memory grows by {MAX_GROWTH_MIB} MiB at most": grown_mib <= MAX_GROWTH_MIB,
        }
        return tuple(goal for goal, met in checks.items() if not met)


def save(record: AuditRecord, folder: Path) -> Path:
    """Writes the record under a name that sorts by time; returns its path."""
    folder.mkdir(parents=True, exist_ok=True)
    stamp = record.measured_at.strftime("%Y%m%dT%H%M%SZ")
    path = folder / f"audit-{record.database}-{stamp}-{record.commit[:7]}.json"
    path.write_text(record.model_dump_json(indent=1) + "\n", encoding="utf-8")
    return path


def newest(folder: Path, database: str = "sqlite") -> AuditRecord | None:
    """The newest whole run on this kind of database."""
    read = (
        AuditRecord.model_validate_json(path.read_text("utf-8"))
        for path in sorted(folder.glob(f"audit-{database}-*.json"))
    )
    whole = (record for record in read if record.records >= WHOLE)
    return max(whole, key=lambda record: record.measured_at, default=None)
