"""What is promised of a cheaper model's kept answers, on what evidence, for whom, and until when.

A certificate says nothing by itself: whoever keeps an answer under it asks first whether it holds
for these models, this task and this day, and escalates where it does not.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from router.domain import ModelSpec
from router.risk.calibration import Calibration
from router.risk.labelled import RIGHT_FROM
from router.task import Task

DEFAULT_DAYS = 90
"""For so long a certificate holds where nobody says otherwise: traffic drifts."""
DAYS_A_YEAR = 365


def tested_confidence(confidence: float, days: int) -> float:
    """How surely one certificate of so many days is tested, for a year of them to be as sure.

    Whoever renews a certificate takes the chance of a broken promise again: four with 95% are all
    kept in as few as 81% of all years. So each may use up its days' share of that chance and no
    more, by Bonferroni: 98.8% for 90 days.
    """
    return 1 - (1 - confidence) * min(1.0, days / DAYS_A_YEAR)


class Promise(StrEnum):
    """What a share of wrong answers is a share of.

    `kept`: of the answers that were kept, so that whoever gets a cheap answer knows what it is
    worth. `tried`: of all requests that the cheap model was tried with. The first is the stricter:
    it implies the second, and not the other way round.
    """

    OF_KEPT = "kept"
    OF_TRIED = "tried"

    def trials(self, *, kept: int, items: int) -> int:
        """How many the promise counts, of so many that were tried and kept."""
        return kept if self is Promise.OF_KEPT else items


class Refusal(StrEnum):
    """Why a certificate does not hold; the values are reason codes."""

    OTHER_CHEAP_MODEL = "other_cheap_model"
    OTHER_CHEAP_WEIGHTS = "other_cheap_weights"
    OTHER_STRONG_MODEL = "other_strong_model"
    OTHER_STRONG_WEIGHTS = "other_strong_weights"
    OTHER_TASK = "other_task"
    NOT_YET = "not_yet"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class CertifiedModel:
    """`key` is id@version. `weights_digest` is None for what a provider serves: there its version
    is all that anyone can know.
    """

    key: str
    weights_digest: str | None = None


@dataclass(frozen=True, slots=True)
class Evidence:
    """Counts of the labelled outcomes on which the threshold was tested, none of which chose it.

    `items` are all of them, `kept` those whose signal reaches the threshold, and `wrong` those of
    the kept that are wrong. `bound` is the upper limit of Clopper and Pearson of the promised rate,
    with the promised confidence; it is below what is promised, since the test is the stricter one
    of `tested_confidence`.
    `learned_on` more have fitted the calibration and the order in which thresholds were tested.
    `digest` is "sha256:" and 64 hex digits over all the outcomes, labels and signals.
    """

    items: int
    kept: int
    wrong: int
    bound: float
    learned_on: int
    digest: str

    @property
    def coverage(self) -> float:
        """The share that is kept."""
        return self.kept / self.items if self.items else 0.0


@dataclass(frozen=True, slots=True)
class Certificate:
    """At most `max_wrong_kept` of what `promise` counts is wrong, where answers of the cheap model
    are kept if and only if `signal` is at least `threshold`: with `confidence`, for a year in which
    it is renewed as often as it expires.

    `task` is None where the outcomes were of all tasks, in the mixture in which they were labelled.
    `signal` is in its own unit, such as nats a token, and more of it is surer. `made_on` and
    `expires_on` are the first and the last day on which it holds, in UTC. An answer counted as
    right whose score was `right_from` at least.
    """

    cheap_model: CertifiedModel
    strong_model: CertifiedModel
    task: Task | None
    signal: str
    threshold: float
    promise: Promise
    max_wrong_kept: float
    confidence: float
    calibration: Calibration
    evidence: Evidence
    made_on: date
    expires_on: date
    right_from: float = RIGHT_FROM

    @property
    def days(self) -> int:
        """For how many it holds, the first and the last counted."""
        return (self.expires_on - self.made_on).days + 1

    def refusal(self, cheap: ModelSpec, strong: ModelSpec, task: Task, day: date) -> Refusal | None:
        """Why it does not hold for these, on this day of UTC; None where it does."""
        if cheap.key != self.cheap_model.key:
            return Refusal.OTHER_CHEAP_MODEL
        if cheap.weights_digest != self.cheap_model.weights_digest:
            return Refusal.OTHER_CHEAP_WEIGHTS
        if strong.key != self.strong_model.key:
            return Refusal.OTHER_STRONG_MODEL
        if strong.weights_digest != self.strong_model.weights_digest:
            return Refusal.OTHER_STRONG_WEIGHTS
        if self.task is not None and task is not self.task:
            return Refusal.OTHER_TASK
        if day < self.made_on:
            return Refusal.NOT_YET
        if day > self.expires_on:
            return Refusal.EXPIRED
        return None

    def holds_for(self, cheap: ModelSpec, strong: ModelSpec, task: Task, day: date) -> bool:
        return self.refusal(cheap, strong, task, day) is None

    def keeps(self, signal: float) -> bool:
        """Whether an answer of this signal may be kept. Never one whose signal is not a number."""
        return signal >= self.threshold

    def probability_right(self, signal: float) -> float:
        """How sure it is, in [0, 1], that an answer of this signal is right; for records and for
        expected gain. What is kept depends on `threshold` alone.
        """
        return self.calibration.probability(signal)
