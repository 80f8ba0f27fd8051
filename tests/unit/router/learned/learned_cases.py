"""Requests whose truth is known, and an encoder of bags of words that needs no model."""

from __future__ import annotations

import hashlib
import re
from datetime import UTC, datetime
from functools import cache

import numpy as np

from router.learned.artifact import Comparison, Header
from router.learned.cheap import NAMES
from router.learned.estimator import Estimator, fit_estimator
from router.learned.examples import Inputs, Vectors
from router.learned.inputs import inputs_of

MODELS = ("small@1", "large@1")
TASKS = ("maths", "writing")
EASY = ("apples coins shop", "birthday card thanks")
HARD = ("eigenvalue tensor manifold", "villanelle stanza allegory")


class WordEncoder:
    """Each word a direction of its own, by its hash; a text is their sum, of unit length."""

    digest = "sha256:words"

    def embed(self, text: str) -> Vectors:
        vector = np.zeros(64, np.float32)
        for word in re.findall(r"[a-z]+", text.lower()):
            seed = int.from_bytes(hashlib.sha256(word.encode()).digest()[:4], "big")
            vector += np.random.default_rng(seed).standard_normal(64).astype(np.float32)
        return vector / max(float(np.linalg.norm(vector)), 1e-9)


def examples(n: int = 240, seed: int = 3) -> tuple[Inputs, Vectors, list[str]]:
    """Half of each task is easy, and all models are right; of the rest only the large one is."""
    rng = np.random.default_rng(seed)
    tasks = rng.integers(0, 2, n)
    is_hard = rng.random(n) < 0.5
    texts = [
        f"please {(HARD if hard else EASY)[task]} {'now' if rng.random() < 0.5 else 'later'}"
        for task, hard in zip(tasks, is_hard, strict=True)
    ]
    scores = np.stack((~is_hard, np.ones(n)), axis=1).astype(np.float32)
    encoder = WordEncoder()
    embeddings = np.stack([encoder.embed(text) for text in texts])
    return inputs_of(embeddings, texts, tasks.astype(np.int64)), scores, texts


@cache
def fitted() -> Estimator:
    inputs, scores, _ = examples()
    return fit_estimator(inputs, scores, len(TASKS), seed=1).estimator


def header(estimator: Estimator, *, low: float = 0.02) -> Header:
    return Header(
        schema=1,
        made_at=datetime(2026, 11, 22, tzinfo=UTC),
        ringfence="0.1.0",
        models=MODELS,
        tasks=TASKS,
        cheap_features=NAMES,
        embedder_digest=WordEncoder.digest,
        training_digest="sha256:00",
        questions=400,
        width=estimator.width,
        cheap_weight=estimator.scale.cheap_weight,
        task_weight=estimator.scale.task_weight,
        far=estimator.far,
        comparison=Comparison(
            metric="share",
            learned=0.3,
            lookup=0.2,
            difference=0.1,
            low=low,
            high=0.18,
            questions=400,
            folds=5,
            resamples=100,
        ),
    )
