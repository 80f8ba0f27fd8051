"""What became of a promise: answers that were kept, and of which somebody has said what they are.

Feedback is no sample: who is content says nothing. So it can show that a promise is broken, and
that somebody should label anew; it never shows that one holds.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from router.risk.certificate import Certificate, Promise, tested_confidence
from router.risk.clopper_pearson import lower_bound


@dataclass(frozen=True, slots=True)
class Watched:
    """Of `told` kept answers `wrong` were; the true rate is above `low`, as surely as the
    certificate was tested, and may be at most `limit`.
    """

    told: int
    wrong: int
    low: float
    limit: float

    @property
    def is_refuted(self) -> bool:
        return self.low > self.limit


def watched(certificate: Certificate, are_right: Iterable[bool]) -> Watched:
    """By the lower limit of Clopper and Pearson. A promise about all that is tried allows the kept
    answers its share over the coverage that was certified.
    """
    told = list(are_right)
    wrong = sum(not each for each in told)
    limit = certificate.max_wrong_kept
    if certificate.promise is Promise.OF_TRIED:
        coverage = certificate.evidence.coverage
        limit = min(1.0, limit / coverage) if coverage else 1.0
    confidence = tested_confidence(certificate.confidence, certificate.days)
    return Watched(len(told), wrong, lower_bound(wrong, len(told), confidence), limit)
