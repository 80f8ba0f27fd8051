"""Softmax regression over hashed n-grams by stochastic gradients (Adagrad), and its rounding."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.tasks.corpus import Prompt
from router.features.classifier import CLASSES, LinearClassifier
from router.features.ngrams import BUCKETS, VERSION, buckets_of

EPOCHS = 6
RATE = 0.5
DROPPED = 0.4
"""Share of a prompt's n-grams that are left out at each step: no template is known by heart."""
DECAY = 1e-5
"""Of weights at each step that touches them, so that rare words do not decide alone."""


def fit(prompts: Sequence[Prompt], seed: int) -> LinearClassifier:
    """The same prompts and seed make the same weights on the same numpy."""
    known = [(buckets_of(each.texts), CLASSES.index(each.task)) for each in prompts]
    weights = np.zeros((BUCKETS, len(CLASSES)), dtype=np.float64)
    bias = np.zeros(len(CLASSES))
    seen, bias_seen = np.full_like(weights, 1e-8), np.full_like(bias, 1e-8)
    order = np.random.default_rng(seed)
    for _ in range(EPOCHS):
        for place in order.permutation(len(known)):
            buckets, label = known[place]
            buckets = buckets[order.random(len(buckets)) >= DROPPED]
            norm = 1 / np.sqrt(max(1, len(buckets)))
            error = _probabilities(weights[buckets].sum(axis=0) * norm + bias)
            error[label] -= 1
            slope = np.broadcast_to(error * norm, (len(buckets), len(CLASSES)))
            slope = slope + DECAY * weights[buckets]
            seen[buckets] += slope**2
            weights[buckets] -= RATE * slope / np.sqrt(seen[buckets])
            bias_seen += error**2
            bias -= RATE * error / np.sqrt(bias_seen)
    return _rounded(weights, bias)


def save(classifier: LinearClassifier, path: Path) -> None:
    """The same weights make the same bytes."""
    with path.open("wb") as file:
        np.savez_compressed(
            file,
            version=np.int64(VERSION),
            weights=classifier.weights,
            scale=classifier.scale,
            bias=classifier.bias,
        )


def _rounded(weights: NDArray[np.float64], bias: NDArray[np.float64]) -> LinearClassifier:
    """To int8, class by class: a hundredth of the largest weight changes no decision."""
    scale = np.maximum(np.abs(weights).max(axis=0), 1e-9) / 127
    return LinearClassifier(
        weights=np.round(weights / scale).astype(np.int8),
        scale=scale.astype(np.float32),
        bias=bias.astype(np.float32),
    )


def _probabilities(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    odds = np.exp(scores - scores.max())
    return np.asarray(odds / odds.sum())
