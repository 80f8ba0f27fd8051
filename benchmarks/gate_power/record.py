"""What a run leaves: how often each change passed, beside its truth and the goals."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict

from benchmarks.gate_power.scenario import HARM, MARGIN, Scenario
from benchmarks.gate_power.simulate import simulate
from benchmarks.machine import Machine, commit, library_versions, this_machine
from benchmarks.privacy.intervals import wilson
from benchmarks.run_records import newest_run, save_run

ITEMS = 1_000
FEW = 200
"""Where a raw rule is said to go wrong."""
MIN_RUNS = 2_000
MIN_POWER = 0.95
"""Of 1,000 pairs: how often what is worse by four points must not pass."""
MAX_FALSE_PASSES = 0.05
"""Of what is worse by exactly the margin."""

OnScenario = Callable[[str], None]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Tally(_Part):
    """As `benchmarks.gate_power.simulate.Tally`."""

    scenario: str
    truth: float
    items: int
    runs: int
    passed: int
    failed: int
    inconclusive: int
    slices_alarm: int
    raw_passed: int

    @property
    def passes(self) -> tuple[float, float, float]:
        """The share, and its 95% interval."""
        return self.passed / self.runs, *wilson(self.passed, self.runs)


class GatePowerRecord(_Part):
    """`answers` names the folder of real answers, None where there was none."""

    schema_version: Literal[1] = 1
    suite: Literal["gate_power"] = "gate_power"
    measured_at: datetime
    commit: str
    uncommitted_changes: bool
    machine: Machine
    libraries: dict[str, str]
    seed: int
    margin: float
    answers: str | None
    tallies: tuple[Tally, ...]

    @property
    def is_whole(self) -> bool:
        return self.answers is not None and all(each.runs >= MIN_RUNS for each in self.tallies)

    @property
    def missed(self) -> tuple[str, ...]:
        """The goals that this run missed, in words."""
        missed = []
        for each in self.tallies:
            share, _, _ = each.passes
            if each.items >= ITEMS and each.truth <= -HARM and share > 1 - MIN_POWER:
                missed.append(f"{each.scenario}: {share:.1%} pass at {each.items:,} items")
            if each.truth <= -MARGIN and share > MAX_FALSE_PASSES + _noise(each):
                missed.append(f"{each.scenario}: {share:.1%} pass falsely at {each.items:,} items")
        return tuple(missed)


def measure(
    scenarios: Sequence[Scenario],
    *,
    runs: int,
    seed: int,
    answers: str | None,
    on_scenario: OnScenario,
) -> GatePowerRecord:
    """Simulates each at 1,000 and at 200 items."""
    tallies = []
    for number, scenario in enumerate(scenarios):
        for items in (ITEMS, FEW):
            on_scenario(f"{scenario.name}, {items:,} items")
            tally = simulate(scenario, items, runs, seed + number)
            tallies.append(Tally(**asdict(tally)))
    head, changed = commit(Path(__file__).parent)
    return GatePowerRecord(
        measured_at=datetime.now(UTC),
        commit=head,
        uncommitted_changes=changed,
        machine=this_machine(),
        libraries=library_versions(("numpy",)),
        seed=seed,
        margin=MARGIN,
        answers=answers,
        tallies=tuple(tallies),
    )


def save(record: GatePowerRecord, folder: Path) -> Path:
    """Writes the record under a name that sorts by time; returns its path."""
    return save_run(record, folder, "gate-power")


def newest(folder: Path) -> GatePowerRecord | None:
    """The newest whole run."""
    return newest_run(GatePowerRecord, folder, "gate-power")


def _noise(tally: Tally) -> float:
    """What a share of so many runs may be above its truth by chance, in 99 of 100."""
    at = MAX_FALSE_PASSES
    return 2.326 * float((at * (1 - at) / tally.runs) ** 0.5)
