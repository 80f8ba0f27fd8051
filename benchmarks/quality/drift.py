"""Two records of one model or choice: whether answers got worse, item by item."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import numpy as np

from benchmarks.quality.gate.holm import adjusted
from benchmarks.quality.gate.mcnemar import p_worse
from benchmarks.quality.gate.noninferiority import Difference, difference
from benchmarks.quality.record import QualityRecord, records

ALPHA = 0.05
"""Of calling anything worse, or better, in a comparison where nothing changed; each by itself."""


class Verdict(StrEnum):
    WORSE = "worse"
    BETTER = "better"
    SAME = "no change seen"


@dataclass(frozen=True, slots=True)
class Drift:
    """One suite, over the items that both have. `p` is of the verdict's direction, after Holm over
    all suites; McNemar's exact test, for fractions the sign test. `change` has the mean with its
    bounds.
    """

    suite: str
    items: int
    won: int
    lost: int
    change: Difference
    p: float
    verdict: Verdict


def drift(old: QualityRecord, new: QualityRecord) -> tuple[Drift, ...]:
    """By suite, of those whose digest both have. Pure."""
    digests = {suite.name: suite.digest for suite in old.suites}
    pairs = {
        suite.name: found
        for suite in new.suites
        if digests.get(suite.name) == suite.digest and (found := _pairs(suite.name, old, new))
    }
    counts = {
        name: (sum(b > a for a, b in found), sum(b < a for a, b in found))
        for name, found in pairs.items()
    }
    worse = adjusted([p_worse(won, lost) for won, lost in counts.values()])
    better = adjusted([p_worse(lost, won) for won, lost in counts.values()])
    return tuple(
        Drift(
            suite=name,
            items=len(found),
            won=counts[name][0],
            lost=counts[name][1],
            change=difference(np.array([b - a for a, b in found])),
            p=min(worse[at], better[at]),
            verdict=_verdict(worse[at], better[at]),
        )
        for at, (name, found) in enumerate(pairs.items())
    )


def before(results: Path, new: QualityRecord) -> tuple[Path, QualityRecord] | None:
    """The last record before this one of the same model, or choice, and with a suite in common.

    Raises RecordRefused for a file that is none.
    """
    return max(_earlier(records(results), new), key=lambda found: found[1].made_at, default=None)


def _earlier(
    found: Iterable[tuple[Path, QualityRecord]], new: QualityRecord
) -> Iterable[tuple[Path, QualityRecord]]:
    digests = {suite.digest for suite in new.suites}
    for path, record in found:
        is_of_same = (record.choice if record.model is None else record.model.key) == (
            new.choice if new.model is None else new.model.key
        )
        has_suite = any(suite.digest in digests for suite in record.suites)
        if is_of_same and has_suite and record.id != new.id and record.made_at <= new.made_at:
            yield path, record


def _pairs(suite: str, old: QualityRecord, new: QualityRecord) -> list[tuple[float, float]]:
    before = {each.item: each.score for each in old.outcomes if each.suite == suite}
    return [
        (before[each.item], each.score)
        for each in new.outcomes
        if each.suite == suite and each.item in before
    ]


def _verdict(worse: float, better: float) -> Verdict:
    if worse <= ALPHA:
        return Verdict.WORSE
    return Verdict.BETTER if better <= ALPHA else Verdict.SAME
