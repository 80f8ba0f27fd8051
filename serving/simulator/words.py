"""Words for answers: drawn by a seed, from a list, so that no text of a request is in them."""

from __future__ import annotations

import random

_TEXT = (
    "lorem ipsum dolor sit amet consectetur adipiscing elit sed do eiusmod tempor incididunt ut "
    "labore et dolore magna aliqua enim ad minim veniam quis nostrud exercitation ullamco laboris "
    "nisi aliquip ex ea commodo consequat duis aute irure in reprehenderit voluptate velit esse "
    "cillum fugiat nulla pariatur excepteur sint occaecat cupidatat non proident sunt culpa qui "
    "officia deserunt mollit anim id est laborum"
)
_WORDS = tuple(_TEXT.split())


def draw_tokens(count: int, seed: str) -> tuple[str, ...]:
    """`count` tokens, the same for the same seed. A token is a word and the space before it."""
    rng = random.Random(seed)  # noqa: S311 - no secret is drawn
    words = rng.choices(_WORDS, k=count)
    return tuple(word if index == 0 else f" {word}" for index, word in enumerate(words))
