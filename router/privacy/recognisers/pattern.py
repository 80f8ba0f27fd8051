"""One pattern for one entity type, as data."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Pattern:
    """`regex` is in RE2's syntax and case-insensitive; a group named `value` is what is found, else
    the whole match.

    `validate` takes the found text and says whether its check digits and ranges hold; a check that
    fails is no finding. `context` are words or phrases of any language, in lower case, one of which
    has to stand close by (`context_characters` before the value or a third of that after it) for a
    match to have `score`; without one it has `score_alone`, and None is no finding. A context word
    that ends in `*` stands for every word that begins so. Phrases are found in field names too
    (`tax id` in `taxId`, `tax_id`, `<TaxID>`), and with or without their accents.

    `boundaries` says that a match must not continue a word or a number: no letter or digit stands
    at its sides, except letters of scripts that write words without spaces between them.
    `isolated` goes further for numbers: no further group of digits is joined to the value by a
    point or a hyphen either (or by a space, if the value's own groups are), so `1.2.3.4` is not
    found inside `1.2.3.4.5`.

    `joins` says that the pattern is strict enough to be looked for where two texts meet: something
    must be checked there, or numbers that are nobody's would be found.
    """

    name: str
    entity_type: str
    regex: str
    score: float
    validate: Callable[[str], bool] | None = None
    context: tuple[str, ...] = ()
    context_characters: int = 90
    score_alone: float | None = None
    joins: bool = False
    boundaries: bool = True
    isolated: bool = False

    def __post_init__(self) -> None:
        if not self.context and self.score_alone is not None:
            raise ValueError(f"{self.name}: score_alone is for patterns with a context")


@dataclass(frozen=True, slots=True)
class Match:
    """`start` and `end` are character offsets into the text that was searched."""

    entity_type: str
    start: int
    end: int
    score: float
    pattern: str
