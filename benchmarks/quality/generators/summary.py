"""Reports of a few paragraphs with figures, to be told in few words: every figure in a summary has
to be the report's, and those of the headline points have to be in it.
"""

from __future__ import annotations

from benchmarks.privacy.generated.draw import Draw
from benchmarks.quality.generators.words import (
    DEPARTMENTS,
    FILLERS,
    GOODS,
    MONTHS,
    SITES,
    SYSTEMS,
    code,
    shuffled,
    some,
)
from benchmarks.quality.item import Item, asked
from router.domain import Json

_POINTS = (
    ("{site} shipped {n} pallets of {goods}, which was the main result of the month.", 120, 9800),
    ("The most important event was an outage of {system} that lasted {n} minutes.", 13, 580),
    ("Above all, the project {name} was approved with a budget of {n} euros.", 10_500, 98_500),
    ("The key decision was to hire {n} people for {team}.", 13, 95),
    ("The central finding: {n} percent of the {goods} failed the test.", 13, 88),
    ("Most notably, complaints about the {goods} rose to {n}.", 110, 990),
    ("The headline is that {site} will close for {n} days in {month}.", 13, 60),
)
_ASIDES = (
    "A year before, it had been {n}.",
    "The plan had assumed {n}.",
    "A neighbouring site reported {n} in the same time.",
    "An earlier draft of this report said {n}, which was a mistake.",
)
_ORDERS = (
    "Summarise the report in at most {words} words. Keep the figures of the main points exact.",
    "In no more than {words} words, say what matters most in this report, with its figures.",
    "Write a summary of up to {words} words with the main points and their exact figures.",
)
_WORDS = 70


def make(seed: int, number: int) -> Item:
    draw = Draw(seed, "summary", number)
    count = 2 + number % 2
    points = [_POINTS[(number + step * 3) % len(_POINTS)] for step in range(count)]
    paragraphs, figures = [], []
    for template, low, high in points:
        figure = draw.between(low, high)
        sentences = [_filled(draw, template, figure)]
        if draw.chance(0.7):
            sentences.append(draw.of(_ASIDES).format(n=draw.between(low, high)))
        sentences += some(draw, FILLERS, 1 + number % 3)
        paragraphs.append(" ".join(sentences))
        figures.append(str(figure))
    order = draw.of(_ORDERS).format(words=_WORDS)
    text = "\n\n".join(shuffled(draw, paragraphs))
    target: dict[str, Json] = {
        "source": text,
        "figures": list[Json](figures),
        "max_words": _WORDS,
    }
    return asked(f"{order}\n\n{text}", target, group=f"{count} points")


def _filled(draw: Draw, template: str, figure: int) -> str:
    said = template.format(
        n=figure,
        goods=draw.of(GOODS),
        site=draw.of(SITES),
        system=draw.of(SYSTEMS),
        team=draw.of(DEPARTMENTS),
        month=draw.of(MONTHS),
        name=code(draw, 2, 2),
    )
    return said[0].upper() + said[1:]
