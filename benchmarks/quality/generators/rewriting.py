"""A clumsy note to be written anew under constraints, each of which can be checked.

The note itself breaks the constraints that are about style, so that copying it earns little.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from benchmarks.privacy.generated.draw import Draw
from benchmarks.quality.generators.words import (
    DEPARTMENTS,
    GOODS,
    SITES,
    SYSTEMS,
    WEEKDAYS,
    code,
    shuffled,
)
from benchmarks.quality.item import Item, asked
from router.domain import Json, JsonObject

_Constraint: TypeAlias = tuple[str, JsonObject]
"""As the model reads it, and as the scorer does."""

_NOTES = (
    "Hey guys!! so basically we've got a problem with {system}, it's really bad and it can't wait. "
    "Order {order} won't go out before {day} and I'm totally sure that {team} isn't going to like "
    "it! Basically somebody's gotta call {site} about the {goods}.",
    "Hi all! just wanted to let you know that the {goods} didn't show up at {site}, it's super "
    "annoying!! {team} really doesn't know about {order} yet and we can't just wait till {day}. "
    "Basically {system} says they've left already, I don't believe it.",
    "OK so {team} wasn't happy at all yesterday! They've basically said that {system} is really "
    "slow and that {order} can't be found in it, I'm kinda tired of it. The {goods} won't leave "
    "{site} until {day}!!",
)


def make(seed: int, number: int) -> Item:
    draw = Draw(seed, "rewriting", number)
    words = {
        "system": draw.of(SYSTEMS),
        "order": code(draw),
        "day": draw.of(WEEKDAYS),
        "team": draw.of(DEPARTMENTS),
        "site": draw.of(SITES),
        "goods": draw.of(GOODS),
    }
    note = draw.of(_NOTES).format(**words)
    kept = [words["order"], words["day"], words["goods"]][: 2 + number % 2]
    constraints = [_keep(kept)]
    style = list(_STYLE)
    for _ in range(3 + number % 3):
        constraints.append(style.pop(draw.below(len(style)))(draw))
    lines = shuffled(draw, [f"- {said}" for said, _ in constraints])
    text = "Rewrite the note under these rules. Answer with the new note alone.\n"
    text += "\n".join(lines) + f"\n\nNote:\n{note}"
    checks = list[Json](check for _, check in constraints)
    return asked(text, {"constraints": checks}, group=f"{len(constraints)} rules")


def _keep(words: list[str]) -> _Constraint:
    return f"Keep these words exactly: {', '.join(words)}.", {
        "rule": "keeps",
        "words": list[Json](words),
    }


def _max_words(draw: Draw) -> _Constraint:
    most = draw.between(22, 40)
    return f"At most {most} words.", {"rule": "max_words", "count": most}


def _min_words(draw: Draw) -> _Constraint:
    least = draw.between(14, 20)
    return f"At least {least} words.", {"rule": "min_words", "count": least}


def _banned(draw: Draw) -> _Constraint:
    banned = draw.of((["really", "basically"], ["basically", "just"], ["so", "really", "totally"]))
    return f"Do not use these words: {', '.join(banned)}.", {
        "rule": "lacks",
        "words": list[Json](banned),
    }


def _formal(_: Draw) -> _Constraint:
    return 'Formal register: no contractions such as "don\'t".', {"rule": "no_contractions"}


def _calm(_: Draw) -> _Constraint:
    return "No exclamation marks.", {"rule": "lacks_sign", "sign": "!"}


def _begins(draw: Draw) -> _Constraint:
    word = draw.of(("Regarding", "Notice", "Update", "Please"))
    return f'Begin with the word "{word}".', {"rule": "begins", "word": word}


def _ends(draw: Draw) -> _Constraint:
    ending = draw.of(("Kind regards", "Thank you.", "End of note."))
    return f'End with "{ending}".', {"rule": "ends", "text": ending}


def _sentences(draw: Draw) -> _Constraint:
    count = draw.between(2, 3)
    return f"At most {count} sentences.", {"rule": "max_sentences", "count": count}


def _impersonal(_: Draw) -> _Constraint:
    return "Do not use the word I, nor I'm.", {"rule": "lacks", "words": ["i", "i'm"]}


_STYLE: tuple[Callable[[Draw], _Constraint], ...] = (
    _max_words,
    _min_words,
    _banned,
    _formal,
    _calm,
    _begins,
    _ends,
    _sentences,
    _impersonal,
)
