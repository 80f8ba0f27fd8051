"""A mark in every request, by which it is recognised wherever it arrives.

Five plain English nouns, the same in every encoding that leaves ASCII alone. Random letters or
digits would look like a credential to a detector, and then keep inside what is harmless.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from benchmarks.privacy.generated.draw import Draw

_TEXT = (
    "acorn anchor anvil apron arch attic awning axle badge bakery barrel basin basket beacon "
    "bench blanket bolt bottle bracket branch brick bridge broom bucket buckle button cabinet "
    "cable candle canopy canvas carpet cart ceiling chain chalk chimney circle clay cloak clock "
    "cloud copper corner cotton cradle crate curtain cushion desk dial ditch drawer drum easel "
    "engine fabric feather fence ferry flag flask floor fountain frame funnel gate glove gravel "
    "groove hammer handle harbour hinge hook island jacket kettle ladder lantern lattice lever "
    "lid mantle marble meadow mirror mortar needle paddle paint pebble pedal pillow plank pocket "
    "pulley quilt raft ribbon river rope saddle sail shelf shovel spoon stairs statue stove table "
    "thread tile timber towel tray tunnel valve vase violin wagon wheel window"
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
    return f"(The words on the box: {canary}.)"


def find_canaries(text: str) -> frozenset[str]:
    """Whatever looks like a canary in `text`, whether one was made or not."""
    return frozenset(_CANARY.findall(text))
