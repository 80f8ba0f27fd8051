"""What a run leaves: what routing cost of a request's time, and on what."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict

from benchmarks.machine import Machine

RESULTS = Path("benchmarks/results/routing_overhead")

GOAL_SHIPPED_MS = 0.3
"""Features and decision together, p50, by the shipped policy."""
GOAL_LARGE_MS = 1.0
"""The decision alone, p50, at 200 models and 500 rules."""


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Timed(_Part):
    """`part` is `features`, `decision`, or `both` one after the other, of `n` requests."""

    installation: str
    part: str
    n: int
    p50_ms: float
    p99_ms: float
    max_ms: float


class OverheadRecord(_Part):
    """`large_built_s` is how long the large installation took to read, check and prove."""

    schema_version: Literal[1] = 1
    suite: Literal["routing_overhead"] = "routing_overhead"
    measured_at: datetime
    commit: str
    uncommitted_changes: bool
    machine: Machine
    libraries: dict[str, str]
    seed: int
    models: int
    rules: int
    large_built_s: float
    timed: tuple[Timed, ...]

    def of(self, installation: str, part: str) -> Timed:
        """Raises StopIteration for what was not timed."""
        return next(
            each for each in self.timed if (each.installation, each.part) == (installation, part)
        )

    @property
    def missed(self) -> tuple[str, ...]:
        """The goals that this run missed, in words."""
        checks = {
            f"routing by rules takes at most {GOAL_SHIPPED_MS:g} ms, p50": self.of(
                "shipped", "both"
            ).p50_ms
            <= GOAL_SHIPPED_MS,
            f"a decision at {self.models} models and {self.rules} rules takes at most "
            f"{GOAL_LARGE_MS:g} ms, p50": self.of("large", "decision").p50_ms <= GOAL_LARGE_MS,
        }
        return tuple(goal for goal, met in checks.items() if not met)


def save(record: OverheadRecord, folder: Path) -> Path:
    """Writes the record under a name that sorts by time; returns its path."""
    folder.mkdir(parents=True, exist_ok=True)
    stamp = record.measured_at.strftime("%Y%m%dT%H%M%SZ")
    path = folder / f"routing-overhead-{stamp}-{record.commit[:7]}.json"
    path.write_text(record.model_dump_json(indent=1) + "\n", encoding="utf-8")
    return path


def newest(folder: Path) -> OverheadRecord | None:
    found = sorted(folder.glob("routing-overhead-*.json"))
    return OverheadRecord.model_validate_json(found[-1].read_text("utf-8")) if found else None
