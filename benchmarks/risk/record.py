"""What a run leaves: how often each way of setting a threshold broke what it promised."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict

from benchmarks.machine import Machine
from benchmarks.risk.methods import Method
from benchmarks.run_records import newest_run, save_run
from router.risk.certificate import Promise

MIN_KEPT_SHARE = 0.98
"""Of the runs: the promise holds in so many, at least."""
WHOLE_RUNS = 160


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class UsedSet(_Part):
    """`digest` is over the files; a generated set is what the code says, and has none. `fitted_on`
    questions made the predicted signal, and nothing else.
    """

    name: str
    digest: str | None
    questions: int | None
    fitted_on: int | None


class MethodResult(_Part):
    """`keeping` runs found a threshold; in `broken` of all runs more was wrong afterwards than was
    promised, with a 95% interval of Wilson of their share. `coverage_mean` is over all runs, and
    `wrong_mean` and `wrong_p95` over those that kept something.
    """

    method: Method
    runs: int
    keeping: int
    broken: int
    broken_low: float
    broken_high: float
    coverage_mean: float
    wrong_mean: float | None
    wrong_p95: float | None

    @property
    def broken_share(self) -> float:
        return self.broken / self.runs


class Setting(_Part):
    """A cheap model with a signal, under a promise."""

    set: str
    cheap: str
    strong: str
    signal: str
    auroc: float | None
    promise: Promise
    max_wrong: float
    confidence: float
    methods: tuple[MethodResult, ...]

    def of(self, method: Method) -> MethodResult:
        """Raises StopIteration for what was not tried."""
        return next(each for each in self.methods if each.method is method)

    @property
    def is_put_to_the_test(self) -> bool:
        """Where a certificate is the exception, keeping nothing is what holds the promise."""
        result = self.of(Method.CERTIFIED)
        return 2 * result.keeping >= result.runs


class RiskRecord(_Part):
    schema_version: Literal[1] = 1
    suite: Literal["risk"] = "risk"
    measured_at: datetime
    commit: str
    uncommitted_changes: bool
    machine: Machine
    libraries: dict[str, str]
    seed: int
    runs: int
    labels: int
    sets: tuple[UsedSet, ...]
    settings: tuple[Setting, ...]

    @property
    def is_whole(self) -> bool:
        return self.runs >= WHOLE_RUNS

    @property
    def tested(self) -> tuple[Setting, ...]:
        return tuple(each for each in self.settings if each.is_put_to_the_test)

    @property
    def missed(self) -> tuple[Setting, ...]:
        """Those that hold the promise in fewer runs than is the goal."""
        return tuple(
            each
            for each in self.settings
            if 1 - each.of(Method.CERTIFIED).broken_share < MIN_KEPT_SHARE
        )

    def total(self, method: Method) -> tuple[int, int]:
        """Broken, and runs, over the settings that put certificates to the test."""
        results = [each.of(method) for each in self.tested]
        return sum(each.broken for each in results), sum(each.runs for each in results)


def save(record: RiskRecord, folder: Path) -> Path:
    """Writes the record under a name that sorts by time; returns its path."""
    return save_run(record, folder, "risk")


def newest(folder: Path) -> RiskRecord | None:
    """The newest whole run."""
    return newest_run(RiskRecord, folder, "risk")
