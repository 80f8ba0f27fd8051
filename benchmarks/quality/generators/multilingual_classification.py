"""`classification` in German, Spanish, French and Italian, a quarter of the items each."""

from __future__ import annotations

from benchmarks.privacy.generated.draw import Draw
from benchmarks.quality.generators.languages import CODES, language
from benchmarks.quality.generators.words import code, shuffled
from benchmarks.quality.item import Item, asked
from router.domain import Json


def make(seed: int, number: int) -> Item:
    draw = Draw(seed, "multilingual_classification", number)
    spoken = CODES[number % len(CODES)]
    words = language(spoken)
    label = list(words.labels)[number // len(CODES) % len(words.labels)]
    phrase = draw.of(words.labels[label])
    message = draw.of(words.greetings) + phrase.format(goods=draw.of(words.goods), order=code(draw))
    order = words.classify.format(labels=", ".join(shuffled(draw, list(words.labels))))
    labels = list[Json](words.labels)
    return asked(f"{order}\n\n{message}", {"label": label, "labels": labels}, group=spoken)
