"""A pair with the cheap answer in hand: how much more is known then, and what that costs.

Before an answer a router has the text alone. A cascade asks the weak model first, and may ask other
cheap ones the same; whether they agree says more of whether the answer is right than any text does.
What decides is still the gain, strong right less weak right, and not the confidence alone.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from benchmarks.routing.outcomes import Floats, Ints, OutcomeSet
from router.learned.examples import Inputs
from router.learned.lookup import fit_lookup
from router.learned.ridge import Doubles, fit_ridge

_SECONDS = 2
"""Cheap models that are asked beside the weak one."""
_DEARER = 1.25
"""Times the weak model's mean cost: a second may cost as much and no more."""
_EMBEDDING_WEIGHT = 5.0


@dataclass(frozen=True, slots=True)
class Judged:
    """Held out. `gain` and `agreement` rank questions, n each; `seconds` are the models that were
    asked beside the weak one, and `cheap_cost` what all cheap answers cost, for one of the strong.
    """

    gain: Floats = field(repr=False)
    agreement: Floats = field(repr=False)
    seconds: tuple[str, ...]
    cheap_cost: float


def judge(
    outcomes: OutcomeSet, inputs: Inputs, folds: Ints, weak: int, strong: int
) -> Judged | None:
    """None for a set without answers, or without a second cheap model."""
    seconds = _seconds(outcomes, weak, strong)
    if outcomes.answers is None or not seconds:
        return None
    told = outcomes.answers[:, weak]
    agreed = np.stack(
        [(outcomes.answers[:, other] == told) & (told >= 0) for other in seconds], axis=1
    ).astype(float)
    gained = outcomes.quality[:, strong] - outcomes.quality[:, weak]
    gain = np.zeros(outcomes.n)
    for fold in range(int(folds.max()) + 1):
        learned_from, asked = np.flatnonzero(folds != fold), np.flatnonzero(folds == fold)
        training = inputs.take(learned_from)
        target = gained[learned_from, None]
        lookup = fit_lookup(training.tasks, target.astype(np.float32), len(outcomes.task_names))
        features = _features(training, inputs, agreed)
        left = target - lookup.predict(training.tasks)
        weights = fit_ridge(features[learned_from], left).weights
        by_task = lookup.predict(inputs.tasks[asked])
        gain[asked] = (by_task + features[asked] @ weights)[:, 0]
    cheap = [weak, *seconds]
    return Judged(
        gain,
        -agreed.sum(axis=1),
        tuple(outcomes.models[other] for other in seconds),
        float(outcomes.cost_usd[:, cheap].sum() / outcomes.cost_usd[:, strong].sum()),
    )


def _seconds(outcomes: OutcomeSet, weak: int, strong: int) -> list[int]:
    """The best of those that cost no more than the weak model and are no better, by the means.

    One that is better would be asked in its place. They are chosen once for the set, as a policy
    would name them, and of models that are on-prem, as what is asked beside a model has to be.
    """
    cost_usd, quality = outcomes.cost_usd.mean(axis=0), outcomes.quality.mean(axis=0)
    affordable = [
        model
        for model in range(len(outcomes.models))
        if model not in {weak, strong}
        and outcomes.is_on_prem[model]
        and cost_usd[model] <= _DEARER * cost_usd[weak]
        and quality[model] <= quality[weak]
    ]
    return sorted(affordable, key=lambda model: -float(quality[model]))[:_SECONDS]


def _features(training: Inputs, inputs: Inputs, agreed: Floats) -> Doubles:
    """Agreement, also with how the text looks: it is worth more where there are more options."""
    looks = np.clip(
        (inputs.cheap - training.cheap.mean(axis=0)) / (training.cheap.std(axis=0) + 1e-6), -4, 4
    )
    count = agreed.sum(axis=1, keepdims=True) - agreed.sum(axis=1).mean()
    parts = (agreed, count, count**2, looks, count * looks, _EMBEDDING_WEIGHT * inputs.embeddings)
    features: Doubles = np.concatenate((*parts, np.ones((len(inputs), 1))), axis=1).astype(float)
    return features
