"""Long texts in overlapping windows, so that a model's limit never cuts anything off."""

from __future__ import annotations

from collections.abc import Iterator

WINDOW_CHARACTERS = 20_000
"""Bounds a worker's memory: spaCy takes about a gigabyte for a million characters."""
OVERLAP_CHARACTERS = 1_000
"""No identifier is longer, so each stands whole in at least one window."""


def windows(
    text: str, size: int = WINDOW_CHARACTERS, overlap: int = OVERLAP_CHARACTERS
) -> Iterator[tuple[int, str]]:
    """Yields (offset, window); together they cover `text`, each two neighbours `overlap` twice."""
    start = 0
    while True:
        yield start, text[start : start + size]
        if start + size >= len(text):
            return
        start += size - overlap
