"""What a run leaves: what a quiet team waited in a calm and in floods, and on what."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict

from benchmarks.machine import Machine
from benchmarks.overload.scenario import Scenario
from benchmarks.run_records import newest_run, save_run

MAX_P95_RATIO = 1.2
"""Of a flood to a calm: what one team's flood may do to another's p95."""
MIN_SAMPLES = 200
"""In each scenario of a run that stands for something: ten of them are above the p95."""


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Engine(_Part):
    """The simulated engine: `service_s` for each answer, by up to `jitter` more or less, whatever
    else it is asked meanwhile; and the places that the gateway has there, as the policy says.
    """

    service_s: float
    jitter: float
    private_places: int
    fast_places: int
    reserved_for_private: float
    headroom_for_other_teams: float


class Load(_Part):
    quiet_rps: float
    flood_clients: int
    seconds: float
    repeats: int


class Waits(_Part):
    """One scenario. Latencies are from the question to the whole answer, of the quiet team, over
    all repeats; `p95_each_ms` is of each. Statuses are counted by their code, "0" for no answer.
    """

    scenario: Scenario
    n: int
    p50_ms: float
    p95_ms: float
    p99_ms: float
    max_ms: float
    p95_each_ms: tuple[float, ...]
    quiet_statuses: dict[str, int]
    flood_statuses: dict[str, int]


class OverloadRecord(_Part):
    schema_version: Literal[1] = 1
    suite: Literal["overload"] = "overload"
    measured_at: datetime
    commit: str
    uncommitted_changes: bool
    machine: Machine
    libraries: dict[str, str]
    engine: Engine
    load: Load
    waits: tuple[Waits, ...]

    def of(self, scenario: Scenario) -> Waits:
        """Raises StopIteration for what was not run."""
        return next(each for each in self.waits if each.scenario is scenario)

    def ratio(self, scenario: Scenario) -> float:
        """The quiet team's p95, to its p95 in the calm of the same run."""
        return self.of(scenario).p95_ms / self.of(Scenario.CALM).p95_ms

    @property
    def is_whole(self) -> bool:
        return {each.scenario for each in self.waits} == set(Scenario) and all(
            each.n >= MIN_SAMPLES for each in self.waits
        )

    @property
    def missed(self) -> tuple[str, ...]:
        """The goals that this run missed, in words."""
        unanswered = sum(
            count
            for each in self.waits
            for status, count in each.quiet_statuses.items()
            if status != "200"
        )
        checks = {
            f"a flood on {scenario.flooded} moves p95 by less than 20%": self.ratio(scenario)
            < MAX_P95_RATIO
            for scenario in Scenario
            if scenario.flooded
        }
        checks["every request that must stay is answered"] = not unanswered
        shed = self.of(Scenario.FAST_FLOOD).flood_statuses.get("429", 0)
        checks["what may go elsewhere is shed first"] = shed > 0
        return tuple(goal for goal, met in checks.items() if not met)


def save(record: OverloadRecord, folder: Path) -> Path:
    """Writes the record under a name that sorts by time; returns its path."""
    return save_run(record, folder, "overload")


def newest(folder: Path) -> OverloadRecord | None:
    """The newest whole run."""
    return newest_run(OverloadRecord, folder, "overload")
