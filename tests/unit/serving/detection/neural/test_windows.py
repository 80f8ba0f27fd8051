"""However long a text is, all of it is read, and each part of it with context."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from serving.detection.neural.windows import paragraph_breaks, pieces, windows


@given(st.integers(0, 2000), st.integers(10, 130), st.integers(0, 4))
def test_every_token_is_believed_once(count: int, size: int, half_overlap: int) -> None:
    planned = list(windows(count, (), size, 2 * half_overlap))
    believed = [at for _, _, first, last in planned for at in range(first, last)]
    assert believed == list(range(count))


@given(st.integers(0, 2000), st.integers(10, 130), st.integers(0, 4))
def test_what_is_believed_has_context_on_both_sides(
    count: int, size: int, half_overlap: int
) -> None:
    for start, end, first, last in windows(count, (), size, 2 * half_overlap):
        assert end - start <= size
        assert start == 0 or first - start == half_overlap
        assert end == count or end - last == half_overlap


@given(st.text(max_size=300), st.integers(2, 40))
def test_pieces_put_together_are_the_text(text: str, size: int) -> None:
    bounds = list(pieces(text, size))
    assert "".join(text[start:end] for start, end in bounds) == text
    assert all(end - start <= size for start, end in bounds)


@given(st.lists(st.text("abc", min_size=1, max_size=9), max_size=60))
def test_words_shorter_than_half_a_piece_stay_whole(words: list[str]) -> None:
    text = " ".join(words)
    cut = [piece for start, end in pieces(text, 20) for piece in text[start:end].split()]
    assert cut == words


@given(st.integers(1, 500), st.sets(st.integers(1, 499)), st.integers(10, 130))
def test_no_window_reaches_over_a_paragraph(count: int, at: set[int], size: int) -> None:
    breaks = sorted(number for number in at if number < count)
    planned = list(windows(count, breaks, size, 8))
    assert [n for _, _, first, last in planned for n in range(first, last)] == list(range(count))
    assert not any(start < number < end for start, end, _, _ in planned for number in breaks)


def test_paragraphs_begin_after_blank_lines_and_short_ones_stay_together() -> None:
    text = "a " * 30 + "\n \n" + "b " * 5 + "\n\n" + "c " * 30
    starts = np.array([at for at, character in enumerate(text) if character.isalpha()])
    assert paragraph_breaks(text, starts) == [30]
    assert paragraph_breaks("", np.zeros(0, np.int64)) == []
