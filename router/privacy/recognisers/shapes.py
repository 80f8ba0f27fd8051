"""How numbers are written, and the two ways in which a catalogue looks for one.

`certain` is what convinces by itself: a canonical form, a check that holds, or both. `named` is the
same number as people type it beside its name, and there a wrong check digit is no excuse: whoever
mistypes a number still means it.
"""

from __future__ import annotations

from collections.abc import Callable

from .pattern import Pattern

SCORE_CERTAIN = 0.95
SCORE_NAMED = 0.85
NEAR_CHARACTERS = 90


REFERENCE = (
    r"[A-Z]{0,5}[-_]?\d[A-Z0-9]{0,15}(?:[ ./-][A-Z]{0,3}\d[A-Z0-9]{0,12}){0,5}"
    r"(?:[ -]?(?-i:[A-Z]{1,2}))?"
)
"""Any office's number: letters may lead, and each group after a separator has its own digit."""


def loose(count: int, most: int = 0) -> str:
    """`count` digits (to `most`), one space, dot, slash or hyphen between any two."""
    upper = f",{most - 1}" if most else ""
    return rf"\d(?:[ ./-]?\d){{{count - 1}{upper}}}"


def groups(*sizes: int, separator: str = "[ -]") -> str:
    """Groups of digits with a separator between them."""
    return separator.join(rf"\d{{{size}}}" for size in sizes)


def certain(
    name: str,
    entity_type: str,
    regex: str,
    validate: Callable[[str], bool] | None = None,
    *,
    isolated: bool = False,
) -> Pattern:
    return Pattern(
        name=name,
        entity_type=entity_type,
        regex=regex,
        score=SCORE_CERTAIN,
        validate=validate,
        joins=validate is not None,
        isolated=isolated,
    )


def named(
    name: str,
    entity_type: str,
    regex: str,
    context: tuple[str, ...],
    validate: Callable[[str], bool] | None = None,
    *,
    characters: int = NEAR_CHARACTERS,
    isolated: bool = True,
) -> Pattern:
    return Pattern(
        name=name,
        entity_type=entity_type,
        regex=regex,
        score=SCORE_NAMED,
        validate=validate,
        context=context,
        context_characters=characters,
        isolated=isolated,
    )
