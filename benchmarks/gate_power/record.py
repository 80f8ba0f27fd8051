"""What a run leaves: how often each change passed, beside its truth and the goals."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from statistics import NormalDist
from typing import Literal

from pydantic import BaseModel, ConfigDict

from benchmarks.gate_power.scenario import HARM, ITEMS, MARGIN, Scenario
from benchmarks.gate_power.simulate import simulate
from benchmarks.machine import Machine, commit, library_versions, this_machine
from benchmarks.privacy.intervals import wilson
from benchmarks.run_records import newest_run, save_run
from router.gate.rules import DEFAULT_SLICE_MARGIN

MIN_RUNS = 2_000
MIN_POWER = 0.95
"""Of 1,000 pairs: how often what is worse by four points must not pass."""
MAX_FALSE_PASSES = 0.05
"""Of what is worse by exactly the margin, or has a critical slice that is worse by its own."""

_SURE = NormalDist().inv_cdf(0.99)

OnScenario = Callable[[str], None]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Tally(_Part):
    """As `benchmarks.gate_power.simulate.Tally`; of older runs, what they say of slices is lacking,
    which passed there where no harm was shown.
    """

    scenario: str
    truth: float
    slice_truth: float | None = None
    items: int
    runs: int
    passed: int
    failed: int
    inconclusive: int
    slices_alarm: int
    slices_doubt: int | None = None
    raw_passed: int

    @property
    def passes(self) -> tuple[float, float, float]:
        """The share, and its 95% interval."""
        return self.passed / self.runs, *wilson(self.passed, self.runs)

    @property
    def most_passes(self) -> float | None:
        """The share that may pass at most; None of what is harmless, or of too few to ask it of."""
        if self.truth <= -HARM and self.items >= ITEMS:
            return 1 - MIN_POWER
        slice_truth = self.truth if self.slice_truth is None else self.slice_truth
        is_hidden = self.items >= ITEMS and slice_truth <= -DEFAULT_SLICE_MARGIN
        return MAX_FALSE_PASSES if self.truth <= -MARGIN or is_hidden else None

    @property
    def misses(self) -> bool:
        """Whether more pass than may, by more than chance would have it in 99 of 100 runs."""
        most = self.most_passes
        if most is None:
            return False
        noise = _SURE * float((most * (1 - most) / self.runs) ** 0.5)
        return self.passes[0] > most + noise


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
        return tuple(
            f"{each.scenario}: {each.passes[0]:.1%} pass at {each.items:,} items"
            for each in self.tallies
            if each.misses
        )


def measure(
    scenarios: Sequence[Scenario],
    *,
    runs: int,
    seed: int,
    answers: str | None,
    on_scenario: OnScenario,
) -> GatePowerRecord:
    """Simulates each at its sizes."""
    tallies = []
    for number, scenario in enumerate(scenarios):
        for items in scenario.sizes:
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
