"""One scenario many times over: how often the gate lets it pass, and how often a raw rule does."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import numpy as np

from benchmarks.gate_power.scenario import MARGIN, Differences, Scenario
from benchmarks.quality.gate.judge import Findings, Quality, judge
from benchmarks.quality.gate.needed import fewest_items
from benchmarks.quality.gate.noninferiority import difference
from benchmarks.quality.gate.slices import SHOWS, Counted, SliceResult, judged
from router.gate.record import Verdict
from router.gate.rules import CriticalSlice

RAW_DROP = 0.01
"""The rule beside it: passes where what was seen is worse by a point at most."""
SLICES = 5
_SLICES = tuple(CriticalSlice(f"slice {number + 1}") for number in range(SLICES))


@dataclass(frozen=True, slots=True)
class Tally:
    """Counts of runs. `slices_alarm` are those in which a critical slice was found to be worse."""

    scenario: str
    truth: float
    items: int
    runs: int
    passed: int
    failed: int
    inconclusive: int
    slices_alarm: int
    raw_passed: int


def simulate(scenario: Scenario, items: int, runs: int, seed: int) -> Tally:
    """Pure: the seed says all. Every run goes through the gate's own statistics and verdict.

    Where they are enough for it, items fall into five critical slices in turn, so that what those
    do to power is in it.
    """
    generator = np.random.default_rng(seed)
    verdicts: Counter[Verdict] = Counter()
    known: dict[tuple[float, float], Quality] = {}
    alarms = raw = 0
    for _ in range(runs):
        drawn = scenario.draw(generator, items)
        won, lost = int((drawn > 0).sum()), int((drawn < 0).sum())
        quality = known.get((won, lost))
        if quality is None:
            quality = Quality(difference(drawn), MARGIN, 1.0, won, lost)
            known[won, lost] = quality
        slices = _slices(drawn) if items // SLICES >= fewest_items(SHOWS) else ()
        found = judge(Findings(margin=MARGIN, quality=quality, slices=slices))
        verdicts[found.verdict] += 1
        alarms += any(each.state == "harmed" for each in slices)
        raw += float(drawn.mean()) >= -RAW_DROP
    return Tally(
        scenario=scenario.name,
        truth=scenario.truth,
        items=items,
        runs=runs,
        passed=verdicts[Verdict.PASS],
        failed=verdicts[Verdict.FAIL],
        inconclusive=verdicts[Verdict.INCONCLUSIVE],
        slices_alarm=alarms,
        raw_passed=raw,
    )


def _slices(drawn: Differences) -> tuple[SliceResult, ...]:
    counts = []
    for number, critical in enumerate(_SLICES):
        part = drawn[number::SLICES]
        won, lost = int((part > 0).sum()), int((part < 0).sum())
        counts.append(Counted(critical, len(part), 1.0, won, lost, 0.0))
    return judged(counts)
