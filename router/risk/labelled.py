"""Answers of a cheap model whose worth is known: what a promise is learned from, and tested on."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

LEARN_SHARE = 0.15
"""Of the labels: enough to order the thresholds by, and the rest is what a bound is made of."""

RIGHT_FROM = 1.0
"""The score from which on an answer is right where nobody says otherwise: all of it."""


@dataclass(frozen=True, slots=True)
class Labelled:
    """`signal` is finite, and more of it is surer. `item` names what was asked, and has no text."""

    item: str
    signal: float
    is_right: bool


def split(labelled: Iterable[Labelled]) -> tuple[list[Labelled], list[Labelled]]:
    """What to learn from and what to test on, by a digest of the item alone: the same item is
    always on the same side, whatever its label and whoever asks.
    """
    learn: list[Labelled] = []
    test: list[Labelled] = []
    for each in labelled:
        (learn if _place(each.item) < LEARN_SHARE else test).append(each)
    return learn, test


def digest_of(labelled: Sequence[Labelled]) -> str:
    """ "sha256:" and 64 hex digits, over items, signals and labels in the order of the items."""
    rows = sorted((each.item, each.signal, each.is_right) for each in labelled)
    return f"sha256:{hashlib.sha256(json.dumps(rows).encode()).hexdigest()}"


def _place(item: str) -> float:
    """Uniform in [0, 1)."""
    return int.from_bytes(hashlib.sha256(item.encode()).digest()[:6], "big") / 2**48
