"""Outcomes of many models on the same questions: what a router is measured on."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.float64]
Ints: TypeAlias = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class OutcomeSet:
    """`n` questions and `m` models; every model has answered every question.

    `texts` is what a client would send, `stems` that without the options to choose from, and
    `tasks` the index of each question's task in `task_names`. `quality` (n x m) is in [0, 1],
    `cost_usd` (n x m) what the answer cost. `answers` (n x m) says which models gave the same short
    answer to a question, as a number for each answer, -1 where there was none. `left_out` says of
    models and questions that are not here why they are not.
    """

    name: str
    digest: str
    ids: tuple[str, ...] = field(repr=False)
    texts: tuple[str, ...] = field(repr=False)
    stems: tuple[str, ...] = field(repr=False)
    task_names: tuple[str, ...]
    tasks: Ints = field(repr=False)
    models: tuple[str, ...]
    is_on_prem: tuple[bool, ...]
    quality: Floats = field(repr=False)
    cost_usd: Floats = field(repr=False)
    left_out: tuple[str, ...] = ()
    answers: Ints | None = field(default=None, repr=False)

    @property
    def n(self) -> int:
        return len(self.ids)

    def take(self, rows: Ints) -> OutcomeSet:
        """Some of its questions."""
        return replace(
            self,
            ids=tuple(self.ids[row] for row in rows),
            texts=tuple(self.texts[row] for row in rows),
            stems=tuple(self.stems[row] for row in rows),
            tasks=self.tasks[rows],
            quality=self.quality[rows],
            cost_usd=self.cost_usd[rows],
            answers=None if self.answers is None else self.answers[rows],
        )

    def sample(self, n: int, seed: int) -> OutcomeSet:
        """At most `n` of its questions, in their order."""
        if n >= self.n:
            return self
        drawn = np.random.default_rng(seed).choice(self.n, n, replace=False)
        return self.take(np.sort(drawn))


def digest_of(ids: Sequence[str], texts: Sequence[str], quality: Floats, cost_usd: Floats) -> str:
    """`sha256:` over all that a measurement depends on."""
    sha256 = hashlib.sha256()
    for row_id, text in zip(ids, texts, strict=True):
        sha256.update(f"{row_id}\0{text}\0".encode("utf-8", "surrogatepass"))
    for array in (quality, cost_usd):
        sha256.update(np.ascontiguousarray(array, "<f8").tobytes())
    return f"sha256:{sha256.hexdigest()}"
