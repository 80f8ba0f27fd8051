"""The average performance gap recovered (APGR) of a pair of models, as RouteLLM defines it."""

from __future__ import annotations

import numpy as np

from benchmarks.routing.outcomes import Floats


def apgr(gain: Floats, weak: Floats, strong: Floats, weights: Floats) -> Floats:
    """One for each row of `weights` (b x n).

    Questions go to the strong model in the order of their predicted `gain`. At a share r of calls
    to it the gap recovered is (quality of the mix - weak) / (strong - weak), and this is the mean
    over r from 0 to 1 (Ong et al., 2024): .5 is chance. Questions of equal gain go together, as a
    mix: a lookup has but a few values. NaN where both models are equally good.
    """
    order = np.argsort(-gain, kind="stable")
    last = np.append(np.flatnonzero(np.diff(gain[order])), len(gain) - 1)
    ordered = weights[:, order]
    total = ordered.sum(axis=1, keepdims=True)
    share = _from_zero(np.cumsum(ordered, axis=1)[:, last] / total)
    rise = (strong - weak)[order]
    recovered = _from_zero(np.cumsum(ordered * rise, axis=1)[:, last])
    with np.errstate(invalid="ignore", divide="ignore"):
        recovered /= recovered[:, -1:]
    between = (recovered[:, 1:] + recovered[:, :-1]) / 2
    areas: Floats = (between * np.diff(share, axis=1)).sum(axis=1)
    return areas


def _from_zero(values: Floats) -> Floats:
    return np.concatenate((np.zeros((len(values), 1)), values), axis=1)
