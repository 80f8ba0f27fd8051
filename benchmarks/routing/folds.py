"""Questions in folds, so that what a router is judged on is nothing that it has learned from."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

from benchmarks.routing.outcomes import Ints
from router.learned.examples import Vectors

SAME = 0.98
"""The cosine of two embeddings from which questions count as one; strangers have .5."""
_DIGITS = re.compile(r"\d+")
_OTHER = re.compile(r"[^\w#]+")
_BLOCK = 1_024


def groups_of(stems: Sequence[str], embeddings: Vectors) -> Ints:
    """A number for each question, equal for those that are nearly the same.

    That are those of the same words, whatever numbers and options they have, and those of nearly
    the same embedding; and whoever is like either of two that are.
    """
    parents = np.arange(len(stems), dtype=np.int64)

    def root(at: int) -> int:
        while parents[at] != at:
            parents[at] = parents[parents[at]]
            at = int(parents[at])
        return at

    first: dict[str, int] = {}
    for at, stem in enumerate(stems):
        other = first.setdefault(_plain(stem), at)
        parents[root(at)] = root(other)
    for begin in range(0, len(stems), _BLOCK):
        alike = embeddings[begin : begin + _BLOCK] @ embeddings[: begin + _BLOCK].T
        for row, column in zip(*np.nonzero(alike >= SAME), strict=True):
            parents[root(begin + int(row))] = root(int(column))
    return np.array([root(at) for at in range(len(stems))], np.int64)


def folds_of(groups: Ints, count: int, seed: int) -> Ints:
    """The fold of each question; a group is in one. Folds are of about the same size."""
    names, sizes = np.unique(groups, return_counts=True)
    order = np.random.default_rng(seed).permutation(len(names))
    fold_of: dict[int, int] = {}
    filled = [0] * count
    # The largest first, each into the emptiest; equals by lot.
    for at in order[np.argsort(-sizes[order], kind="stable")]:
        fold = int(np.argmin(filled))
        fold_of[int(names[at])] = fold
        filled[fold] += int(sizes[at])
    return np.array([fold_of[int(group)] for group in groups], np.int64)


def _plain(stem: str) -> str:
    return _OTHER.sub(" ", _DIGITS.sub("#", stem.lower())).strip()
