"""A question with lettered options, as both sets of this package are asked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from benchmarks.quality.item import Item, asked
from router.domain import Json

LETTERS = "ABCDEFGHIJ"


def choice_item(
    question: str,
    options: Sequence[str],
    right: int,
    *,
    group: str,
    more: Mapping[str, Json] | None = None,
) -> Item:
    """`more` is put into the target beside the right letter and how many there are."""
    lines = [f"{letter}. {option}" for letter, option in zip(LETTERS, options, strict=False)]
    text = (
        f"{question}\n\n" + "\n".join(lines) + "\n\nThink it through if you need to, and finish "
        "with a line that reads ANSWER: and the letter."
    )
    target: dict[str, Json] = {"letter": LETTERS[right], "letters": LETTERS[: len(options)]}
    return asked(text, target | dict(more or {}), group=group)
