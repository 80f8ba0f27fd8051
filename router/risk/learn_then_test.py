"""The lowest threshold whose promise stands a test: Learn then Test, by split fixed sequences.

Angelopoulos, Bates, Candès, Jordan and Lei (2021), "Learn then Test: Calibrating Predictive
Algorithms to Achieve Risk Control", arXiv:2110.01052, sections 2 and 4. A part of the labels orders
the thresholds; on the rest each is tested in this order, at the full level, until one fails. So
however many there are, the chance that any of those that pass breaks the promise is at most that of
one test. Choosing the threshold and judging it on the same labels promises nothing of the kind: the
one that looks best was lucky.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from math import ceil

from router.risk.binomial import at_most
from router.risk.calibration import isotonic
from router.risk.certificate import DAYS_A_YEAR, DEFAULT_DAYS, Promise, tested_confidence
from router.risk.clopper_pearson import trials_needed, upper_bound
from router.risk.labelled import LEARN_SHARE, Labelled

MAX_THRESHOLDS = 100
_MOST_TRIALS = 1_000_000


@dataclass(frozen=True, slots=True)
class Terms:
    """What the owner asks for: at most so much wrong of what `promise` counts, how surely over a
    year, and for how many days at a time. Raises ValueError for what cannot be promised.
    """

    max_wrong: float = 0.05
    confidence: float = 0.95
    promise: Promise = Promise.OF_KEPT
    days: int = DEFAULT_DAYS

    def __post_init__(self) -> None:
        if not 0 < self.max_wrong < 1 or not 0 < self.confidence < 1:
            raise ValueError("a share of wrong answers and a confidence are between 0 and 1")
        if not 1 <= self.days <= DAYS_A_YEAR:
            raise ValueError(f"a certificate holds for 1 to {DAYS_A_YEAR} days")

    @property
    def tested_confidence(self) -> float:
        return tested_confidence(self.confidence, self.days)

    @property
    def trials_needed(self) -> int:
        """Fewer pass no test, were all of them right."""
        return trials_needed(self.max_wrong, self.tested_confidence)

    @property
    def labels_needed(self) -> int:
        """Fewer certify nothing, were every answer kept and right."""
        return ceil(self.trials_needed / (1 - LEARN_SHARE))


@dataclass(frozen=True, slots=True)
class CertifiedThreshold:
    """A threshold that passed, and what was counted of it in the part of the labels that tests.

    `bound` is the upper limit of the promised rate, with the confidence that the owner asked for.
    """

    threshold: float
    items: int
    kept: int
    wrong: int
    bound: float


class NothingCertified(ValueError):
    """No threshold keeps the promise as surely as was asked; the rule is to escalate.

    `labels` were there; `needed` is how many there should be, None where more would not help.
    """

    def __init__(self, message: str, labels: int, needed: int | None) -> None:
        super().__init__(message)
        self.labels, self.needed = labels, needed


def learn_then_test(
    learn: Sequence[Labelled], test: Sequence[Labelled], terms: Terms
) -> CertifiedThreshold:
    """The threshold that keeps most among those that pass.

    Thresholds are signals of `learn`, at most a hundred, evenly by rank. The first to be tested is
    the one that `learn` makes likeliest to pass; then it goes down, towards keeping more. The
    p-value is that of so few wrong answers if the rate were at its limit: binomial, and exact, as
    a threshold that `test` has no part in leaves its answers independent of each other. Raises
    NothingCertified.
    """
    labels = len(learn) + len(test)
    if not learn or len(test) < terms.trials_needed:
        raise NothingCertified(
            f"nothing can be certified: {labels} labels, at least {terms.labels_needed} needed "
            f"for at most {terms.max_wrong:.3g} wrong with {terms.confidence:.3g} confidence",
            labels,
            terms.labels_needed,
        )
    tested = _Counts.of(test)
    sequence = _sequence(learn, len(test), terms)
    passed: float | None = None
    for threshold in sequence:
        if _p_value(tested.at(threshold), tested.items, terms) > 1 - terms.tested_confidence:
            break
        passed = threshold
    if passed is None:
        raise _not_certified(tested, sequence[0], labels, terms)
    kept, wrong = tested.at(passed)
    trials = terms.promise.trials(kept=kept, items=len(test))
    bound = upper_bound(round(wrong), trials, terms.confidence)
    return CertifiedThreshold(passed, len(test), kept, round(wrong), bound)


class _Counts:
    """How many are kept at a threshold, and how many of those are wrong, or expected to be."""

    def __init__(self, wrong: Sequence[tuple[float, float]]) -> None:
        """Of each answer its signal, and the probability that it is wrong."""
        ordered = sorted(wrong)
        self._signals = [signal for signal, _ in ordered]
        self._wrong_below = [0.0, *accumulate(each for _, each in ordered)]

    @classmethod
    def of(cls, labelled: Sequence[Labelled]) -> _Counts:
        return cls([(each.signal, float(not each.is_right)) for each in labelled])

    @property
    def items(self) -> int:
        return len(self._signals)

    def at(self, threshold: float) -> tuple[int, float]:
        """Kept, and wrong of those."""
        first = bisect_left(self._signals, threshold)
        return self.items - first, self._wrong_below[-1] - self._wrong_below[first]


def _sequence(learn: Sequence[Labelled], tested_on: int, terms: Terms) -> list[float]:
    """From the threshold that is likeliest to pass on so many more labels down to the lowest.

    By probabilities, and not by counts of a few: those are calibrated over all of `learn`.
    """
    calibration = isotonic([(each.signal, each.is_right) for each in learn])
    expected = _Counts([(each.signal, 1 - calibration.probability(each.signal)) for each in learn])
    scale = tested_on / len(learn)
    thresholds = _thresholds(learn)

    def p_value(threshold: float) -> float:
        kept, wrong = expected.at(threshold)
        return _p_value((round(kept * scale), wrong * scale), tested_on, terms)

    likeliest = min(thresholds, key=lambda each: (p_value(each), each))
    return [each for each in reversed(thresholds) if each <= likeliest]


def _thresholds(labelled: Sequence[Labelled]) -> list[float]:
    """Rising; a tie is one threshold, and all of it is kept or none."""
    signals = sorted({each.signal for each in labelled})
    step = max(1.0, len(signals) / MAX_THRESHOLDS)
    count = min(len(signals), MAX_THRESHOLDS)
    return [signals[int(index * step)] for index in range(count)]


def _p_value(counted: tuple[int, float], items: int, terms: Terms) -> float:
    kept, wrong = counted
    return at_most(ceil(wrong), terms.promise.trials(kept=kept, items=items), terms.max_wrong)


def _not_certified(
    tested: _Counts, likeliest: float, labels: int, terms: Terms
) -> NothingCertified:
    """How many labels it would take at the likeliest threshold, were its rate what was counted."""
    kept, wrong = tested.at(likeliest)
    trials = terms.promise.trials(kept=kept, items=tested.items)
    rate = wrong / trials if trials else 1.0
    enough = _trials_to_pass(rate, terms)
    if enough is None:
        return NothingCertified(
            f"nothing can be certified: where the signal is surest, {rate:.1%} of {trials} labels "
            f"are wrong and {terms.max_wrong:.3g} may be, so more of them will not help; take a "
            "signal that tells more, a better cheap model, or a larger share",
            labels,
            None,
        )
    needed = ceil(enough * labels / trials)
    return NothingCertified(
        f"nothing can be certified: {labels} labels, at least {needed} needed if their wrong "
        "answers are as rare as so far",
        labels,
        needed,
    )


def _trials_to_pass(rate: float, terms: Terms) -> int | None:
    """How many at this rate would pass, to a tenth; None for none, or for more than a million."""
    if rate >= terms.max_wrong:
        return None
    enough = terms.trials_needed
    while at_most(ceil(rate * enough), enough, terms.max_wrong) > 1 - terms.tested_confidence:
        enough += max(1, enough // 10)
        if enough > _MOST_TRIALS:
            return None
    return enough
