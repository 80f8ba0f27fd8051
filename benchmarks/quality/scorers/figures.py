"""A summary by its figures: none that the source lacks, and those of the main points."""

from __future__ import annotations

import re

from benchmarks.quality.item import Grade, Reply
from benchmarks.quality.scorers.reading import MAX_CHARACTERS, texts
from router.domain import JsonObject

_FIGURE = re.compile(r"(?<![\w.,])\d[\d,. '’]*\d|\d")  # noqa: RUF001 -- as figures are grouped
_WORDS = re.compile(r"\w+")


def score(target: JsonObject, reply: Reply) -> Grade:
    """The share of `figures` that are in the answer; 0 for one that `source` lacks, for an answer
    over `max_words`, and for the source itself.
    """
    text = reply.text[:MAX_CHARACTERS]
    words = len(_WORDS.findall(text))
    if not words:
        return Grade(0.0, "empty")
    if words > int(str(target["max_words"])) * 1.1:
        return Grade(0.0, "too long")
    said = figures(text)
    if not said <= figures(str(target["source"])):
        return Grade(0.0, "made up")
    wanted = texts(target["figures"])
    share = sum(figure in said for figure in wanted) / len(wanted)
    return Grade(share, "whole" if share == 1 else "part")


def figures(text: str) -> set[str]:
    """Every figure, without signs between thousands: 9,800 and 9800 are one."""
    return {_bare(found) for found in _FIGURE.findall(text)}


def _bare(figure: str) -> str:
    whole = re.sub(r"[,. '’](?=\d{3}(?!\d))", "", figure)  # noqa: RUF001
    return whole.rstrip(".,")
