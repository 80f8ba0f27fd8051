"""From scored words to spans: what belongs together is put together. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from serving.detection.neural.labels import ENTITY_TYPES, LOCATION, PERSON, POSTAL_ADDRESS


@dataclass(frozen=True, slots=True)
class Words:
    """The words of a text: where each stands, and how probable each type is for it.

    `scores` is [words, ENTITY_TYPES]; what a row lacks to 1 is the probability of none of them.
    """

    starts: NDArray[np.int64]
    ends: NDArray[np.int64]
    scores: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Span:
    """Characters `start:end` as one entity; `score` is the model's for its surest word."""

    entity_type: str
    start: int
    end: int
    score: float
    words: int = 1
    weakest: float = 0.0
    """The score of the least sure word that counts; same as `score` where there is one."""


FLOOR = 0.03
"""A word below is not looked at: no rule could make it credible."""
_IDENTIFIER_FLOOR = 0.3

PARTICLES = frozenset(
    word
    for line in (
        "al bin bint da das de del della den der di do dos du el ibn la las le los",
        "ten ter und van vom von y zu zum zur",
    )
    for word in line.split()
)
"""Words within a name that begin small where its others do not."""
_LOOK_BACK = 40
_LAST_WORD = re.compile(r"[^\W\d_]+(?=[^\w]*\Z)")

# What may stand between two words of one entity.
_GAPS = {
    PERSON: re.compile(r"[^\S\n\r\t]{0,3}|\.?[^\S\n\r\t]{1,2}|[-'’‘.]"),  # noqa: RUF001
    POSTAL_ADDRESS: re.compile(r"[\s,.;:#/\-–\"']{0,6}"),  # noqa: RUF001
    LOCATION: re.compile(r"[\s,.\-']{0,3}"),
}
_ANY_GAP = re.compile(r"[\s.\-/()+#:@_]{0,3}")
_ADDRESS_GAP = re.compile(r"[\s,.;:\-–|\"']{0,8}")  # noqa: RUF001


def spans(text: str, words: Words) -> list[Span]:
    """The entities of `text`, in order; spans of two types never overlap."""
    return list(_addresses(text, list(_runs(text, words))))


def _runs(text: str, words: Words) -> Iterator[Span]:
    """Neighbouring words of one type, as one span."""
    best = words.scores.argmax(axis=1) if len(words.scores) else np.zeros(0, np.int64)
    top = words.scores[np.arange(len(best)), best]
    run: Span | None = None
    for at in np.flatnonzero(top >= FLOOR):
        entity_type, score = ENTITY_TYPES[best[at]], float(top[at])
        if entity_type != PERSON and score < _IDENTIFIER_FLOOR:
            continue
        start, end = int(words.starts[at]), int(words.ends[at])
        if entity_type == PERSON and not text[start : start + 1].isalnum():
            continue
        if run is not None and run.entity_type == entity_type:
            gap = _GAPS.get(entity_type, _ANY_GAP)
            same_case = entity_type != PERSON or _same_case(text, run, start, end)
            if same_case and gap.fullmatch(text, run.end, start):
                run = Span(
                    entity_type,
                    run.start,
                    end,
                    max(run.score, score),
                    run.words + 1,
                    min(run.weakest, score),
                )
                continue
        if run is not None:
            yield run
        run = Span(entity_type, start, end, score, 1, score)
    if run is not None:
        yield run


def _same_case(text: str, run: Span, start: int, end: int) -> bool:
    """`Beatriz Falcão` is a name in `aluna Beatriz Falcão faltou`; `van Leeuwen` is one, too."""
    word = text[start:end]
    before = _LAST_WORD.search(text, max(run.start, run.end - _LOOK_BACK), run.end)
    if word in PARTICLES or not word[:1].isalpha() or before is None or before[0] in PARTICLES:
        return True
    return word[:1].isupper() == before[0][:1].isupper()


def _addresses(text: str, runs: list[Span]) -> Iterator[Span]:
    """City, state and postal code beside a street are part of its address."""
    parts = (POSTAL_ADDRESS, LOCATION)
    at = 0
    while at < len(runs):
        last = at
        if runs[at].entity_type in parts:
            while (
                last + 1 < len(runs)
                and runs[last + 1].entity_type in parts
                and _ADDRESS_GAP.fullmatch(text, runs[last].end, runs[last + 1].start)
            ):
                last += 1
        group = runs[at : last + 1]
        streets = [span for span in group if span.entity_type == POSTAL_ADDRESS]
        if streets and len(group) > 1:
            yield Span(
                POSTAL_ADDRESS,
                group[0].start,
                group[-1].end,
                max(span.score for span in streets),
                sum(span.words for span in group),
                min(span.weakest for span in group),
            )
        else:
            yield from group
        at = last + 1
