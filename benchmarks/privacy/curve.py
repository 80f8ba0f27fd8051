"""What a threshold for persons trades: recall of texts with nothing but a name against harmless
texts forced on-prem.
"""

from __future__ import annotations

from collections.abc import Sequence

from benchmarks.privacy.record import CurvePoint, Rate
from benchmarks.privacy.score import Judged
from router.domain import DataClass

THRESHOLDS = (*(round(0.05 * step, 2) for step in range(1, 20)), 0.97, 0.99, 1.0)


def person_curve(judged: Sequence[Judged]) -> tuple[CurvePoint, ...]:
    """Over person-only texts and harmless ones; evasions and agent runs are left out."""
    plain = [one for one in judged if one.sample.subset == "main"]
    persons = [one for one in plain if one.sample.has_pii and one.sample.category == "person"]
    harmless = [one for one in plain if not one.sample.has_pii]
    return tuple(
        CurvePoint(
            min_person_score=threshold,
            recall=_share(persons, threshold),
            false_positives=_share(harmless, threshold),
        )
        for threshold in THRESHOLDS
    )


def _share(judged: Sequence[Judged], threshold: float) -> Rate:
    return Rate.of(sum(_forced(one, threshold) for one in judged), len(judged))


def _forced(one: Judged, threshold: float) -> bool:
    verdict = one.verdict
    return (
        verdict.class_without_persons >= DataClass.CONFIDENTIAL or verdict.person_score >= threshold
    )
