"""`grounded_qa` in German, Spanish, French and Italian; two of five have no answer in the text."""

from __future__ import annotations

from benchmarks.privacy.generated.draw import Draw
from benchmarks.quality.generators.grounded_qa import ABSENT
from benchmarks.quality.generators.languages import CODES, language
from benchmarks.quality.generators.words import code, shuffled
from benchmarks.quality.item import Item, asked
from router.domain import Json


def make(seed: int, number: int) -> Item:
    draw = Draw(seed, "multilingual_qa", number)
    spoken = CODES[number % len(CODES)]
    words = language(spoken)
    is_answered = number // len(CODES) % 5 not in (1, 3)
    names = [code(draw, 2, 3) for _ in range(3)]
    kind = draw.below(len(words.facts))
    values = {
        (name, index): str(draw.between(1970, 2023) if index == 1 else draw.between(11, 998))
        for name in names
        for index in range(len(words.facts))
    }
    subject = draw.of(names)
    answer = values[subject, kind]
    if not is_answered:
        del values[subject, kind]
    sentences = [
        words.facts[index].said.format(name=name, value=value)
        for (name, index), value in values.items()
    ]
    question = words.facts[kind].question.format(name=subject)
    others = [value for value in values.values() if value != answer]
    target: dict[str, Json] = {
        "answer": answer if is_answered else None,
        "others": list[Json](others),
        "absent": [words.absent, ABSENT],
    }
    text = f"{words.rule}\n\n{' '.join(shuffled(draw, sentences))}\n\n{question}"
    return asked(text, target, group=spoken)
