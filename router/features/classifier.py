"""A small classifier of tasks: softmax regression over hashed n-grams, with numpy alone.

    p(task) = softmax(scale · (Σ weights[bucket] over the buckets) ÷ √buckets + bias)

Its weights are made by `python -m benchmarks.tasks.train` from generated prompts; the record of how
well it does on prompts that it has not seen lies in benchmarks/results/tasks, with their digest.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from router.features.ngrams import BUCKETS, VERSION, buckets_of
from router.features.texts import AskedTexts
from router.task import Task

WEIGHTS = Path(__file__).parent / "weights.npz"

CLASSES = tuple(Task)
"""In the order of the columns; the last, `other`, is chat and whatever is none of the rest."""


@dataclass(frozen=True, slots=True)
class LinearClassifier:
    """`weights` are (BUCKETS, classes) of int8; `scale` and `bias` one for each class."""

    weights: NDArray[np.int8] = field(repr=False)
    scale: NDArray[np.float32] = field(repr=False)
    bias: NDArray[np.float32] = field(repr=False)

    def classify(self, texts: AskedTexts) -> tuple[Task, float]:
        """The likeliest task and its probability; `other` and 0 of a text that says nothing."""
        if not texts.user.strip() and not texts.system.strip():
            return Task.OTHER, 0.0
        probabilities = self.probabilities(texts)
        best = int(probabilities.argmax())
        return CLASSES[best], float(probabilities[best])

    def probabilities(self, texts: AskedTexts) -> NDArray[np.float64]:
        """One for each of CLASSES."""
        buckets = buckets_of(texts)
        summed = self.weights.take(buckets, axis=0).sum(axis=0, dtype=np.int64)
        scores = self.scale * summed / np.sqrt(max(1, len(buckets))) + self.bias
        odds = np.exp(scores - scores.max())
        return np.asarray(odds / odds.sum(), dtype=np.float64)


def load_classifier(path: Path = WEIGHTS) -> LinearClassifier:
    """Reads the file once. Raises ValueError for weights of another version of the n-grams."""
    with np.load(path, allow_pickle=False) as stored:
        weights, version = stored["weights"], int(stored["version"])
        scale, bias = stored["scale"], stored["bias"]
    if version != VERSION or weights.shape != (BUCKETS, len(CLASSES)):
        raise ValueError(f"{path.name} is of other n-grams: run `python -m benchmarks.tasks.train`")
    return LinearClassifier(weights, scale, bias)


def weights_digest(path: Path = WEIGHTS) -> str:
    """`sha256:` and 64 hex digits of the file."""
    return f"sha256:{hashlib.sha256(path.read_bytes()).hexdigest()}"
