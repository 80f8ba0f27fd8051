"""How far to follow an estimate: whoever takes the best of many takes their errors with it."""

from __future__ import annotations

import numpy as np

from benchmarks.routing.costs import fit_costs
from benchmarks.routing.curves import frame, routed, settings_of, share_of_oracle_gain
from benchmarks.routing.outcomes import Floats
from benchmarks.routing.resample import weights_of
from benchmarks.routing.routers.protocol import Training
from router.learned.estimator import Estimator, fit_estimator

SHARES = (0.25, 0.5, 0.75, 1.0)
_RESAMPLES = 60


def fit_tempered(training: Training) -> Estimator:
    """The estimator, with the share of the text's part that routes best.

    An estimate that errs least is not one by which the best is chosen best: the greatest of many is
    too great (the optimiser's curse; Smith and Winkler, 2006). So the share is chosen by the area
    below the curve that routing has on the training questions, each left out in turn; of those
    within a standard error of the best it is the smallest (Breiman's rule).
    """
    scores = training.quality.astype(np.float32)
    fit = fit_estimator(training.inputs, scores, training.task_count, training.seed)
    expected_usd = fit_costs(training.inputs, training.cost_usd, training.task_count).usd(
        training.inputs
    )
    n = len(scores)
    weights = weights_of(np.arange(n), _RESAMPLES, training.seed)
    against = frame(training, weights)
    areas: list[Floats] = []
    for share in SHARES:
        settings = settings_of(fit.by_task + share * fit.by_text, expected_usd)
        areas.append(share_of_oracle_gain(routed(settings, training, weights), against))
    best = areas[int(np.argmax([area[0] for area in areas]))]
    for share, area in zip(SHARES, areas, strict=True):
        behind = best - area
        if behind[0] <= behind[1:].std():
            return fit.estimator.trusting(share)
    raise AssertionError("the best is within any distance of itself")
