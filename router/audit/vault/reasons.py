"""Why somebody does what is recorded."""

from __future__ import annotations

MAX_CHARACTERS = 1_000


def given(reason: str) -> str:
    """The reason, which the log keeps. Raises ValueError where there is none."""
    said = reason.strip()
    if not said or len(said) > MAX_CHARACTERS:
        raise ValueError(f"say why, in at most {MAX_CHARACTERS} characters: --reason")
    return said
