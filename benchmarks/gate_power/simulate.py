"""One scenario many times over: how often the gate lets it pass, and how often a raw rule does."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import numpy as np

from benchmarks.gate_power.scenario import MARGIN, SLICES, Differences, Scenario
from benchmarks.quality.gate.judge import Findings, Quality, judge
from benchmarks.quality.gate.needed import fewest_items
from benchmarks.quality.gate.noninferiority import difference
from benchmarks.quality.gate.pairs import Pairs
from benchmarks.quality.gate.slices import Counted, SliceResult, judged
from router.gate.record import Verdict
from router.gate.rules import DEFAULT_SLICE_MARGIN, CriticalSlice

RAW_DROP = 0.01
"""The rule beside it: passes where what was seen is worse by a point at most."""
_SLICES = tuple(CriticalSlice(f"slice {number + 1}") for number in range(SLICES))


@dataclass(frozen=True, slots=True)
class Tally:
    """Counts of runs. `slices_alarm` are those in which a critical slice was found to be worse,
    `slices_doubt` those in which none was and a harm in one of them was not excluded.
    """

    scenario: str
    truth: float
    slice_truth: float
    items: int
    runs: int
    passed: int
    failed: int
    inconclusive: int
    slices_alarm: int
    slices_doubt: int
    raw_passed: int


def simulate(scenario: Scenario, items: int, runs: int, seed: int) -> Tally:
    """Pure: the seed says all. Every run goes through the gate's own statistics and verdict.

    Where they are enough for it, items fall into five critical slices in turn, so that what those
    do to power is in it.
    """
    generator = np.random.default_rng(seed)
    verdicts: Counter[Verdict] = Counter()
    known = _Known()
    has_slices = items // SLICES >= fewest_items(DEFAULT_SLICE_MARGIN)
    alarms = doubts = raw = 0
    for _ in range(runs):
        drawn = scenario.draw(generator, items)
        slices = _judged(drawn, known) if has_slices else ()
        quality = Quality(known.pairs(drawn), MARGIN)
        found = judge(Findings(margin=MARGIN, quality=quality, slices=slices))
        verdicts[found.verdict] += 1
        states = {each.state.value for each in slices}
        alarms += "harmed" in states
        doubts += "harmed" not in states and "unsure" in states
        raw += float(drawn.mean()) >= -RAW_DROP
    return Tally(
        scenario=scenario.name,
        truth=scenario.truth,
        slice_truth=scenario.slice_truth,
        items=items,
        runs=runs,
        passed=verdicts[Verdict.PASS],
        failed=verdicts[Verdict.FAIL],
        inconclusive=verdicts[Verdict.INCONCLUSIVE],
        slices_alarm=alarms,
        slices_doubt=doubts,
        raw_passed=raw,
    )


class _Known:
    """The pairs of counts that came before: few counts are likely, and their bounds take time."""

    def __init__(self) -> None:
        self._known: dict[tuple[int, int, int], Pairs] = {}

    def pairs(self, drawn: Differences) -> Pairs:
        won, lost = int((drawn > 0).sum()), int((drawn < 0).sum())
        counts = (len(drawn), won, lost)
        if counts not in self._known:
            self._known[counts] = Pairs(difference(drawn), 1.0, won, lost)
        return self._known[counts]


def _judged(drawn: Differences, known: _Known) -> tuple[SliceResult, ...]:
    return judged(
        [
            Counted(critical, known.pairs(drawn[number::SLICES]))
            for number, critical in enumerate(_SLICES)
        ]
    )
