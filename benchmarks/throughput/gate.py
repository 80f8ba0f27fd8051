"""Whether a run is as good as the one before it: pass, fail, or not to be told from these records.

A figure passes if its interval lies above what is tolerated, and fails if it lies below it as a
whole. One that fails fails the gate; one that is neither, or that was measured badly, leaves it
inconclusive. Gated are saturated throughput, prefill and decode rates, and the unloaded TTFT.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from benchmarks.throughput.compare import Change, Comparison
from benchmarks.throughput.record import ThroughputRecord
from benchmarks.throughput.validity import SPOILED

TOLERANCE = 0.05
TTFT_TOLERANCE = 0.25
_LEAST = 1e-9
_GATED = ("offline ", "prefill ", "decode ", "unloaded ")
_DISQUALIFYING = (*SPOILED, "not saturated")


class Verdict(StrEnum):
    PASS = "pass"  # noqa: S105
    FAIL = "fail"
    INCONCLUSIVE = "inconclusive"


@dataclass(frozen=True, slots=True)
class Judged:
    change: Change
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class Gate:
    """`reasons` say why it is inconclusive apart from intervals; empty where nothing is wrong."""

    verdict: Verdict
    judged: tuple[Judged, ...]
    reasons: tuple[str, ...]


def gate(
    old: ThroughputRecord,
    new: ThroughputRecord,
    compared: Comparison,
    tolerance: float = TOLERANCE,
    ttft_tolerance: float = TTFT_TOLERANCE,
) -> Gate:
    """Pure. Raises ValueError for tolerances that are no shares."""
    if not 0 <= tolerance < 1 or not 0 <= ttft_tolerance < 1:
        raise ValueError("a tolerance is a share, from 0 to below 1")
    judged = tuple(
        Judged(change, _verdict(change, tolerance if change.is_better_high else ttft_tolerance))
        for change in compared.changes
        if change.scenario.startswith(_GATED)
    )
    reasons = tuple(_reasons(old, new, judged))
    verdicts = {one.verdict for one in judged}
    if Verdict.FAIL in verdicts and not reasons:
        verdict = Verdict.FAIL
    elif reasons or verdicts != {Verdict.PASS}:
        verdict = Verdict.INCONCLUSIVE
    else:
        verdict = Verdict.PASS
    return Gate(verdict, judged, reasons)


def _verdict(change: Change, tolerance: float) -> Verdict:
    if change.low is None or change.high is None:
        return Verdict.INCONCLUSIVE
    # As factors, new over old, so that slower and less are the same thing turned round.
    worst, best = 1 + change.low, 1 + change.high
    if not change.is_better_high:
        worst, best = 1 / best, 1 / max(worst, _LEAST)
    if worst >= 1 - tolerance:
        return Verdict.PASS
    return Verdict.FAIL if best < 1 - tolerance else Verdict.INCONCLUSIVE


def _reasons(
    old: ThroughputRecord, new: ThroughputRecord, judged: tuple[Judged, ...]
) -> Iterator[str]:
    if not judged:
        yield "the two have no gated scenario in common"
    for name, record in (("old", old), ("new", new)):
        gated = [run for run in record.runs if run.scenario.startswith(_GATED)]
        kinds = Counter(
            kind
            for run in gated
            for kind in _DISQUALIFYING
            if any(warning.startswith(kind) for warning in run.warnings)
        )
        for kind, count in kinds.items():
            yield f"the {name} one, {kind}: {count} of {len(gated)} runs that are judged"
