"""A mark in every request, by which it is recognised wherever it arrives.

Five plain English verbs, the same in every encoding that leaves ASCII alone. Random letters or
digits would look like a credential to a detector, things like an address, and then what is harmless
would stay inside for its mark.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from benchmarks.privacy.generated.draw import Draw

_TEXT = (
    "accept admire agree allow answer appear argue arrange arrive attend avoid bake behave "
    "believe blend boil borrow breathe brush build bury calculate carry change choose climb "
    "collect compare consider cook copy count create dance decide deliver describe discover "
    "divide draw dream earn enjoy enter escape explain explore fetch fill float fold follow "
    "forget gather glow grow guess hear hide imagine improve include invent invite jump keep knit "
    "laugh learn lift listen measure melt mend mix move notice obey offer open paint pause plan "
    "polish pour practise prefer prepare protect pull push read receive remember repair repeat "
    "rescue rest return scatter search send share shine sing sleep smile spread stir study swim "
    "teach think throw travel understand visit wait walk wander wash watch weave whisper wonder "
    "write yawn"
)
_WORDS = tuple(_TEXT.split())
WORDS_IN_A_CANARY = 5

_ONE_OF_THEM = f"(?:{'|'.join(_WORDS)})"
_CANARY = re.compile(rf"\b{_ONE_OF_THEM}(?: {_ONE_OF_THEM}){{{WORDS_IN_A_CANARY - 1}}}\b")


def canaries(seed: int) -> Iterator[str]:
    """Without end, no two the same, and the same for the same seed."""
    draw, made = Draw(seed, "canary"), set[str]()
    while True:
        canary = " ".join(draw.of(_WORDS) for _ in range(WORDS_IN_A_CANARY))
        if canary not in made:
            made.add(canary)
            yield canary


def sentence(canary: str) -> str:
    """How a canary stands in a text."""
    return f"(Words to practise: {canary}.)"


def find_canaries(text: str) -> frozenset[str]:
    """Whatever looks like a canary in `text`, whether one was made or not."""
    return frozenset(_CANARY.findall(text))
