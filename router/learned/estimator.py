"""Expected quality of every model for a request: the task lookup, and what the text adds to it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

from router.learned.examples import Inputs, Vectors
from router.learned.kernel import Scale, draw, fit_scale, gaussian
from router.learned.lookup import TaskLookup, fit_lookup
from router.learned.ridge import Doubles, fit_ridge

LANDMARKS = 600
_WIDTH = 0.8
_CHEAP_WEIGHT = 0.5
_TASK_WEIGHT = 0.6
_NEIGHBOURS = 5
_FAR_QUANTILE = 0.01
_JITTER = 1e-6


@dataclass(frozen=True, slots=True)
class Estimator:
    """`weights` is landmarks x models. `far` is a cosine: a request whose nearest landmarks are
    less alike than that is unlike all that was learned from.
    """

    lookup: TaskLookup
    scale: Scale
    landmarks: Vectors = field(repr=False)
    weights: Vectors = field(repr=False)
    width: float
    far: float

    def predict(self, inputs: Inputs) -> Vectors:
        """Quality in [0, 1], n x models."""
        likeness = gaussian(self.scale.points(inputs), self.landmarks, self.width)
        expected = self.lookup.predict(inputs.tasks) + likeness @ self.weights
        clipped: Vectors = np.clip(expected, 0.0, 1.0)
        return clipped

    def trusting(self, share: float) -> Estimator:
        """Takes so large a share of what the text adds to the lookup; 1 is all that was fitted."""
        return replace(self, weights=np.float32(share) * self.weights)

    def nearness(self, inputs: Inputs) -> Vectors:
        """The mean cosine to the nearest landmarks, one a request."""
        return _nearness(inputs.embeddings, self.landmarks)

    def is_far(self, inputs: Inputs) -> bool:
        """Whether any of them is unlike what was learned from."""
        return bool((self.nearness(inputs) < self.far).any())


@dataclass(frozen=True, slots=True)
class Fit:
    """`by_task` is what the lookup tells of each request that was learned from, and `by_text` what
    its text would add if it had not been; both n x models.
    """

    estimator: Estimator
    by_task: Vectors = field(repr=False)
    by_text: Vectors = field(repr=False)


def fit_estimator(inputs: Inputs, scores: Vectors, task_count: int, seed: int) -> Fit:
    """`scores` is n x models, in [0, 1].

    Kernel ridge regression on what the lookup leaves unexplained, with a sample of the requests as
    landmarks (Nyström; Williams and Seeger, 2001). Where the text says nothing, its weights shrink
    to nothing and the lookup is left. Pure for a given seed; seconds for ten thousand requests.
    """
    lookup = fit_lookup(inputs.tasks, scores, task_count)
    scale = fit_scale(inputs, task_count, _CHEAP_WEIGHT, _TASK_WEIGHT)
    points = scale.points(inputs)
    landmarks = points[draw(len(points), LANDMARKS, seed)]
    whitening = _inverse_root(gaussian(landmarks, landmarks, _WIDTH).astype(float))
    features = gaussian(points, landmarks, _WIDTH).astype(float) @ whitening
    by_task = lookup.predict(inputs.tasks)
    ridge = fit_ridge(features, scores.astype(float) - by_task)
    near = _nearness(inputs.embeddings, landmarks, skip_itself=True)
    estimator = Estimator(
        lookup,
        scale,
        landmarks,
        (whitening @ ridge.weights).astype(np.float32),
        _WIDTH,
        float(np.quantile(near, _FAR_QUANTILE)),
    )
    return Fit(estimator, by_task, ridge.left_out.astype(np.float32))


def _inverse_root(gram: Doubles) -> Doubles:
    strengths, directions = np.linalg.eigh(gram + _JITTER * np.eye(len(gram)))
    root: Doubles = directions / np.sqrt(np.maximum(strengths, _JITTER))
    return root


def _nearness(embeddings: Vectors, landmarks: Vectors, *, skip_itself: bool = False) -> Vectors:
    alike = embeddings @ landmarks[:, : embeddings.shape[1]].T
    if skip_itself:
        alike[alike > 1 - 1e-5] = -1.0
    count = min(_NEIGHBOURS, alike.shape[1])
    nearest: Vectors = np.partition(alike, -count, axis=1)[:, -count:].mean(axis=1)
    return nearest
