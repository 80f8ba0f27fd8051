"""Where samples come from: the generated set of `benchmarks.privacy`, or the small builder."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from benchmarks.leak.builder import built_samples
from benchmarks.leak.sample import HARMLESS, Sample
from benchmarks.privacy.generated.build import generate
from benchmarks.privacy.generated.draw import Draw
from benchmarks.privacy.generated.item import Item

EVASION = "evasion"
"""The category of what is disguised, of whatever kind it is."""


def generated_samples() -> Iterator[Sample]:
    """The whole generated set, always the same."""
    for item in generate():
        yield Sample(item.id, item.body, tuple(span.text for span in item.spans), _category(item))


def drawn(samples: Sequence[Sample], seed: int) -> Iterator[Sample]:
    """Endlessly, in random order, each as often as every other; ValueError for no samples."""
    if not samples:
        raise ValueError("there is nothing to ask")
    draw = Draw(seed, "order")
    while True:
        order = list(samples)
        for last in range(len(order) - 1, 0, -1):
            other = draw.below(last + 1)
            order[last], order[other] = order[other], order[last]
        yield from order


def small_samples(seed: int, count: int = 400) -> list[Sample]:
    return list(built_samples(seed, count))


def _category(item: Item) -> str:
    if not item.has_pii:
        return HARMLESS
    return EVASION if item.subset == "evasion" else item.category
