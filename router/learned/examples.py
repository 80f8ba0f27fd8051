"""What is learned from: requests as numbers, and what models made of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Vectors: TypeAlias = NDArray[np.float32]
Ints: TypeAlias = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Inputs:
    """`n` requests: embeddings (n x d, unit length), cheap features (n x f), and task indices."""

    embeddings: Vectors = field(repr=False)
    cheap: Vectors = field(repr=False)
    tasks: Ints = field(repr=False)

    def __len__(self) -> int:
        return len(self.tasks)

    def take(self, rows: Ints) -> Inputs:
        return Inputs(self.embeddings[rows], self.cheap[rows], self.tasks[rows])
