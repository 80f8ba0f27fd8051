"""Ridge regression of many targets that have much in common, judged by leaving each row out."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Doubles: TypeAlias = NDArray[np.float64]

PENALTIES = tuple(float(each) for each in np.geomspace(1e-1, 1e3, 9))


@dataclass(frozen=True, slots=True)
class Ridge:
    """`weights` are features x targets. `left_out` is what each row would have been told by all the
    others, rows x targets. `trust` in [0, 1] is what is kept of each component.
    """

    weights: Doubles = field(repr=False)
    left_out: Doubles = field(repr=False)
    penalties: Doubles
    trust: Doubles


def fit_ridge(features: Doubles, targets: Doubles) -> Ridge:
    """Each principal component of the targets gets the penalty that suits it.

    Models fail on the same hard questions, so that a few components (the first is difficulty) carry
    what can be predicted, and the rest is noise. Penalties are chosen, and each component shrunk to
    what it is worth, by leave-one-out predictions, which ridge has in closed form (Allen's PRESS):
    curds and whey, of Breiman and Friedman (1997).
    """
    _, _, basis = np.linalg.svd(targets, full_matrices=False)
    components = targets @ basis.T
    strengths, directions = np.linalg.eigh(features.T @ features)
    strengths = np.maximum(strengths, 0.0)
    turned = features @ directions
    squared = turned**2
    projected = turned.T @ components
    best = np.full(components.shape[1], np.inf)
    penalties = np.zeros_like(best)
    left_out = np.zeros_like(components)
    for penalty in PENALTIES:
        inverse = 1.0 / (strengths + penalty)
        leverage = np.minimum(squared @ inverse, 1 - 1e-9)[:, None]
        fitted = turned @ (inverse[:, None] * projected)
        without = (fitted - leverage * components) / (1 - leverage)
        errors = ((components - without) ** 2).sum(axis=0)
        better = errors < best
        best[better], penalties[better] = errors[better], penalty
        left_out[:, better] = without[:, better]
    energy = (left_out**2).sum(axis=0)
    trust = np.clip((left_out * components).sum(axis=0) / np.maximum(energy, 1e-12), 0.0, 1.0)
    solved = projected / (strengths[:, None] + penalties[None])
    weights = (directions @ (solved * trust)) @ basis
    return Ridge(weights, (left_out * trust) @ basis, penalties, trust)
