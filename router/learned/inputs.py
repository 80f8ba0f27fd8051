"""A request's text → what the estimator reads."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from router.learned.cheap import cheap_features
from router.learned.examples import Inputs, Ints, Vectors


def inputs_of(embeddings: Vectors, texts: Sequence[str], tasks: Ints) -> Inputs:
    return Inputs(embeddings, np.stack([cheap_features(text) for text in texts]), tasks)


def one_input(embedding: Vectors, text: str, task: int) -> Inputs:
    return Inputs(embedding[None], cheap_features(text)[None], np.array([task], np.int64))
