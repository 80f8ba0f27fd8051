"""A text of invented facts, and a question that it answers, or does not.

Everything is invented anew for each item, so that there is nothing to know: the answer is read, or
it is made up. Two questions of five have no answer in the text; the right reply is to say so.
"""

from __future__ import annotations

from dataclasses import dataclass

from benchmarks.privacy.generated.draw import Draw
from benchmarks.quality.generators.words import (
    FILLERS,
    MATERIALS,
    SITES,
    code,
    shuffled,
    some,
)
from benchmarks.quality.item import Item, asked
from router.domain import Json

ABSENT = "NOT IN THE TEXT"


@dataclass(frozen=True, slots=True)
class _Attribute:
    said: tuple[str, ...]
    question: tuple[str, ...]
    values: tuple[str, ...]


_ATTRIBUTES = (
    _Attribute(
        ("{name} is made of {value}.", "{value} is what {name} is made of."),
        ("What is {name} made of?", "Which material does {name} consist of?"),
        MATERIALS,
    ),
    _Attribute(
        ("{name} is kept at {value}.", "One finds {name} at {value}."),
        ("Where is {name} kept?", "At which place does one find {name}?"),
        SITES,
    ),
    _Attribute(
        ("{name} weighs {value}.", "The weight of {name} is {value}."),
        ("How much does {name} weigh?", "What is the weight of {name}?"),
        tuple(f"{kg} kg" for kg in range(12, 980, 7)),
    ),
    _Attribute(
        ("{name} is checked every {value}.", "A check of {name} is due every {value}."),
        ("How often is {name} checked?", "What is the interval between checks of {name}?"),
        ("two weeks", "five weeks", "three months", "six months", "nine days", "four years"),
    ),
    _Attribute(
        ("{name} was bought in {value}.", "In {value}, {name} was bought."),
        ("In which year was {name} bought?", "When was {name} bought?"),
        tuple(str(year) for year in range(1971, 2024)),
    ),
    _Attribute(
        ("{value} answers for {name}.", "The department in charge of {name} is {value}."),
        ("Which department is in charge of {name}?", "Who answers for {name}?"),
        ("purchasing", "logistics", "finance", "production", "the laboratory", "maintenance"),
    ),
)
_RULES = (
    f"Answer from the text alone, in a few words. If it does not say, answer {ABSENT}.",
    f"Use nothing but the text. Where it has no answer, write {ABSENT}. Be brief.",
    f"The text is all you know. Reply with the answer only, or with {ABSENT}.",
)


def make(seed: int, number: int) -> Item:
    draw = Draw(seed, "grounded_qa", number)
    names = [code(draw, 2, 3) for _ in range(3 + number % 4)]
    facts: dict[tuple[str, int], str] = {}
    for name in names:
        for index in range(len(_ATTRIBUTES)):
            if draw.chance(0.6):
                facts[name, index] = ""
    for index, attribute in enumerate(_ATTRIBUTES):
        holders = [name for name in names if (name, index) in facts]
        for name, value in zip(holders, some(draw, attribute.values, len(holders)), strict=True):
            facts[name, index] = value
    facts = facts or {(names[0], 0): draw.of(MATERIALS)}
    is_answered = number % 5 not in (1, 3)
    name, index = _asked_of(draw, names, facts, is_answered)
    sentences = [
        draw.of(_ATTRIBUTES[at].said).format(name=who, value=value)
        for (who, at), value in facts.items()
    ]
    sentences = shuffled(draw, sentences + some(draw, FILLERS, number % 3))
    text = " ".join(sentence[0].upper() + sentence[1:] for sentence in sentences)
    question = draw.of(_ATTRIBUTES[index].question).format(name=name)
    others = [value for (who, at), value in facts.items() if at == index and who != name]
    target: dict[str, Json] = {
        "answer": facts[name, index] if is_answered else None,
        "others": list[Json](others),
        "absent": [ABSENT],
    }
    group = "answered" if is_answered else "unanswered"
    return asked(f"{draw.of(_RULES)}\n\n{text}\n\n{question}", target, group=group)


def _asked_of(
    draw: Draw, names: list[str], facts: dict[tuple[str, int], str], is_answered: bool
) -> tuple[str, int]:
    """Whose, and what of it: in the text, or missing beside what others have."""
    if is_answered:
        return draw.of(list(facts))
    missing = [
        (name, index)
        for name in names
        for index in range(len(_ATTRIBUTES))
        if (name, index) not in facts
    ]
    return draw.of(missing) if missing else (code(draw, 3, 2), draw.below(len(_ATTRIBUTES)))
