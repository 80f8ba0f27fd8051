"""Arithmetic in words, in German, Spanish, French and Italian."""

from __future__ import annotations

from benchmarks.privacy.generated.draw import Draw
from benchmarks.quality.generators.languages import CODES, language
from benchmarks.quality.item import Item, asked

_KINDS = ("boxes", "rate", "back", "depots")


def make(seed: int, number: int) -> Item:
    draw = Draw(seed, "multilingual_maths", number)
    spoken = CODES[number % len(CODES)]
    words = language(spoken)
    kind = _KINDS[number // len(CODES) % len(_KINDS)]
    a, b, c = draw.between(12, 90), draw.between(3, 12), draw.between(5, 30)
    result, answer = 0, 0
    match kind:
        case "boxes":
            answer = a * b - c
        case "rate":
            answer = a * b * c
        case "back":
            answer = c
            result = (c + a) * b
        case _:
            answer = a + a * b + a * b + c
    text = words.problems[kind].format(a=a, b=b, c=c, result=result, goods=draw.of(words.goods))
    return asked(f"{text}\n\n{words.solve}", {"number": answer}, group=spoken)
