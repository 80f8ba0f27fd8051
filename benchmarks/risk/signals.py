"""Signals of a cheap model's answers where there are no log-probabilities: what others answered.

Agreement is that of samples of other models of the same price or less, a disagreement signal as a
second sample is one. The predicted probability adds what question and answer look like; it is
fitted on questions that nothing else is done with.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from benchmarks.risk.answers import NO_LETTER, AnsweredSet, Flags, Values

_RIDGE = 1.0
_STEPS = 25


def agreement(answered: AnsweredSet, cheap: str, samples: Sequence[str]) -> Values:
    """The share of the other models that gave the same letter; 0 where the cheap one gave none."""
    letters = answered.answers[cheap].letters
    same = [answered.answers[model].letters == letters for model in samples]
    share: Values = np.mean(same, axis=0) * (letters != NO_LETTER)
    return share


def predicted(
    answered: AnsweredSet, cheap: str, samples: Sequence[str], fitted_on: Flags
) -> Values:
    """The probability that the cheap model is right, of a logistic regression with a ridge."""
    features = _features(answered, cheap, samples)
    mean, spread = features[fitted_on].mean(axis=0), features[fitted_on].std(axis=0)
    standard = (features - mean) / np.where(spread > 0, spread, 1.0)
    design = np.column_stack((np.ones(len(answered)), standard))
    is_right = answered.answers[cheap].is_right
    weights = _logistic(design[fitted_on], is_right[fitted_on].astype(np.float64))
    return _sigmoid(design @ weights)


def _features(answered: AnsweredSet, cheap: str, samples: Sequence[str]) -> Values:
    own = answered.answers[cheap]
    others = [answered.answers[model] for model in samples]
    named = np.unique(answered.categories)
    same = [other.letters == own.letters for other in others]
    return np.column_stack(
        (
            answered.categories[:, None] == named[None, :],
            answered.shapes,
            np.log1p(own.chars),
            own.letters == NO_LETTER,
            *same,
            agreement(answered, cheap, samples) ** 2,
            *(np.log1p(other.chars) for other in others),
        )
    ).astype(np.float64)


def _logistic(design: Values, labels: Values) -> Values:
    """Newton's method on the log-likelihood less a ridge on all weights but the first."""
    ridge = np.full(design.shape[1], _RIDGE)
    ridge[0] = 0.0
    weights = np.zeros(design.shape[1])
    for _ in range(_STEPS):
        rates = _sigmoid(design @ weights)
        gradient = design.T @ (labels - rates) - ridge * weights
        curvature = (design * (rates * (1 - rates))[:, None]).T @ design + np.diag(ridge)
        weights = weights + np.linalg.solve(curvature, gradient)
    return weights


def _sigmoid(values: Values) -> Values:
    result: Values = 1 / (1 + np.exp(-np.clip(values, -30, 30)))
    return result
