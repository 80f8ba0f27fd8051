"""From labelled outcomes to a certificate."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from router.risk.calibration import isotonic
from router.risk.certificate import Certificate, CertifiedModel, Evidence
from router.risk.labelled import RIGHT_FROM, Labelled, digest_of, split
from router.risk.learn_then_test import Terms, learn_then_test
from router.task import Task


@dataclass(frozen=True, slots=True)
class Subject:
    """What a certificate is about. `task` is None for all of them, as they come; labels are right
    from the score `right_from` on.
    """

    cheap: CertifiedModel
    strong: CertifiedModel
    signal: str
    task: Task | None = None
    right_from: float = RIGHT_FROM


def certify(
    labelled: Sequence[Labelled], subject: Subject, terms: Terms, made_on: date
) -> Certificate:
    """Promises what these labels bear out, from `made_on` on.

    The labels stand for what will be asked: drawn from it, each item once, and by nobody who had
    seen the answers. Raises NothingCertified; ValueError for an item that occurs twice.
    """
    if len({each.item for each in labelled}) != len(labelled):
        raise ValueError("an item is labelled twice: its labels are no two observations")
    learn, test = split(labelled)
    tested = learn_then_test(learn, test, terms)
    return Certificate(
        cheap_model=subject.cheap,
        strong_model=subject.strong,
        task=subject.task,
        signal=subject.signal,
        threshold=tested.threshold,
        promise=terms.promise,
        max_wrong_kept=terms.max_wrong,
        confidence=terms.confidence,
        calibration=isotonic([(each.signal, each.is_right) for each in learn]),
        evidence=Evidence(
            items=tested.items,
            kept=tested.kept,
            wrong=tested.wrong,
            bound=tested.bound,
            learned_on=len(learn),
            digest=digest_of(labelled),
        ),
        made_on=made_on,
        expires_on=made_on + timedelta(days=terms.days - 1),
        right_from=subject.right_from,
    )
