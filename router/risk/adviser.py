"""Whether to try a cheap model before a strong one; where in doubt, not to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import inf

from router.risk.advice import Advice, Candidate, Question, Verdict
from router.risk.figures import Figures, measure, thresholds_of
from router.risk.labelled import Labelled, split
from router.risk.learn_then_test import NothingCertified, learn_then_test
from router.risk.outcomes import Asked
from router.risk.paired import Paired, paired


def advise(
    candidate: Candidate, asked: Mapping[str, Mapping[str, Asked]], question: Question
) -> Advice:
    """`asked` has what each model answered, by its key and then by item. Pure.

    A threshold that no certificate sets is the one that these labels would certify or, where they
    certify none, the best against the mix on the part of them that tests nothing. Both are judged
    on the other part.
    """
    cheap, strong = (asked.get(model.key, {}) for model in (candidate.cheap, candidate.strong))
    lacking = _lacking(cheap, strong, candidate, question)
    if lacking is not None:
        return Advice(candidate, *lacking)
    prices = candidate.cheap.price, candidate.strong.price
    both = paired(cheap, strong, question.signal, prices, question.task)
    if len(both) < question.terms.labels_needed:
        return Advice(
            candidate,
            Verdict.TOO_LITTLE_DATA,
            f"no cascade: {len(both)} items that both have answered are too few to tell; "
            f"{question.terms.labels_needed} are the least",
        )
    chosen = _chosen(both, candidate, question)
    figures = measure(chosen.judged_on, chosen.threshold, question.right_from, question.seed)
    return Advice(candidate, *_verdict(figures, chosen, candidate, question), figures)


@dataclass(frozen=True, slots=True)
class _Chosen:
    """A threshold, what may judge it, and why it is not certified if it is not."""

    threshold: float
    judged_on: Paired
    uncertified: str | None = None


def _lacking(
    cheap: Mapping[str, Asked],
    strong: Mapping[str, Asked],
    candidate: Candidate,
    question: Question,
) -> tuple[Verdict, str] | None:
    answers = {candidate.cheap.key: cheap, candidate.strong.key: strong}
    without = [key for key, answered in answers.items() if not answered]
    if without:
        return (
            Verdict.NO_RECORDS,
            f"no cascade: there is no record of quality of {' and '.join(without)}; "
            "`ringfence bench quality` makes one",
        )
    if not any(question.signal in each.signals for each in cheap.values()):
        return (
            Verdict.NO_SIGNAL,
            f"no cascade: the records of {candidate.cheap.key} have no signal {question.signal}, "
            "and nothing else says which of its answers to keep",
        )
    return None


def _chosen(both: Paired, candidate: Candidate, question: Question) -> _Chosen:
    certified = question.thresholds.get((candidate.cheap.key, candidate.strong.key))
    if certified is not None:
        return _Chosen(certified, both)
    labels = [
        Labelled(item, float(signal), bool(score >= question.right_from))
        for item, signal, score in zip(both.items, both.signal, both.cheap_score, strict=True)
    ]
    learn, test = split(labels)
    judged_on = both.only(frozenset(each.item for each in test))
    try:
        return _Chosen(learn_then_test(learn, test, question.terms).threshold, judged_on)
    except NothingCertified as error:
        learned_on = both.only(frozenset(each.item for each in learn))
        return _Chosen(_best_against_mix(learned_on), judged_on, str(error))


def _best_against_mix(answers: Paired) -> float:
    """What keeps nothing, without any answers."""
    if not len(answers):
        return inf
    return max(thresholds_of(answers), key=lambda each: answers.operation(each).over_mix)


def _verdict(
    figures: Figures, chosen: _Chosen, candidate: Candidate, question: Question
) -> tuple[Verdict, str]:
    cheap, strong, terms = candidate.cheap.key, candidate.strong.key, question.terms
    if figures.gap.low <= 0:
        return (
            Verdict.STRONG_NOT_BETTER,
            f"no cascade: {strong} is not shown to be better, so always {cheap}",
        )
    if figures.saved_usd.low <= 0:
        return (
            Verdict.LOSES_TO_STRONG,
            f"no cascade: it is not shown to cost less than always {strong}; that takes a price "
            f"ratio above {figures.ratio_against_strong:.3g}, and it is {figures.price_ratio:.3g}",
        )
    if figures.over_mix.high < 0:
        return (Verdict.LOSES_TO_MIX, f"no cascade: {_against_mix(figures)}")
    if figures.over_mix.low <= 0:
        return (
            Verdict.NOT_SHOWN,
            f"no cascade: {figures.items} items do not show that it is better than drawing lots "
            "between the two for the same money",
        )
    if chosen.uncertified is not None:
        return (Verdict.NOT_CERTIFIED, f"no cascade: it would pay, but {chosen.uncertified}")
    return (
        Verdict.CASCADE,
        f"try {cheap} first: at most {terms.max_wrong:.3g} wrong of what is {terms.promise.value}, "
        f"and {figures.over_mix.value:.3f} more right than a mix of equal cost",
    )


def _against_mix(figures: Figures) -> str:
    limit = figures.ratio_against_mix
    if limit is None or limit == inf:
        return "at no price ratio is it better than drawing lots between the two"
    return (
        "drawing lots between the two is better below a price ratio of "
        f"{limit:.3g}, and it is {figures.price_ratio:.3g}"
    )
