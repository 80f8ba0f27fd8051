"""A number that is split over neighbouring texts is found where they meet."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.domain import Finding, Segment
from router.privacy.seams import EDGE_CHARACTERS, seams


def segments(*texts: str) -> tuple[Segment, ...]:
    return tuple(Segment(f".messages[{i}].content", text) for i, text in enumerate(texts))


def test_a_number_in_two_messages_is_one_text() -> None:
    (seam,) = seams(segments("my card is 4539 1488", "0343 6467, thanks"))
    assert "4539 14880343 6467" in seam.joined.text
    assert seam.joined.joined


def test_a_number_in_many_short_parts_is_one_text() -> None:
    joined = [seam.joined.text for seam in seams(segments("4539", "1488", "0343", "6467"))]
    assert "4539148803436467" in joined


def test_an_answer_in_between_does_not_cut_a_number() -> None:
    joined = [
        seam.joined.text for seam in seams(segments("IBAN: DE54 7500 069", "ok", "0 8019 0353 15"))
    ]
    assert joined == ["IBAN: DE54 7500 0690 8019 0353 15"]


def test_a_dash_in_a_message_of_its_own_does_not_cut_a_number() -> None:
    joined = [seam.joined.text for seam in seams(segments("219-09", "-", "9998"))]
    assert "219-09-9998" in joined


def test_texts_without_digits_at_their_edges_meet_nowhere() -> None:
    assert seams(segments("Hello there", "General question about rivers", "bye")) == ()
    assert seams(segments("room 12", "none")) == ()
    assert seams(segments("4539148803436467")) == ()


def test_a_finding_is_located_in_each_text_that_it_runs_over() -> None:
    texts = segments("pad " * 50 + "4539 1488", "0343 6467 and more")
    (seam,) = seams(texts)
    start = seam.joined.text.index("4539")
    end = seam.joined.text.index("6467") + 4
    parts = seam.locate(Finding("CREDIT_CARD", 0, start, end, 0.9))
    assert [texts[part.segment].text[part.start : part.end] for part in parts] == [
        "4539 1488",
        "0343 6467",
    ]
    assert {part.entity_type for part in parts} == {"CREDIT_CARD"}


def test_what_crosses_no_seam_is_found_where_it_stands() -> None:
    (seam,) = seams(segments("1 4539148803436467 2", "3"))
    start = seam.joined.text.index("4539")
    assert seam.locate(Finding("CREDIT_CARD", 0, start, start + 16, 0.9)) == ()


@given(
    st.text("0123456789 ab", min_size=2, max_size=EDGE_CHARACTERS),
    st.lists(st.integers(1, EDGE_CHARACTERS), max_size=4),
    st.text("xyz ", max_size=200),
)
def test_however_digits_are_cut_the_whole_of_them_is_in_a_seam(
    number: str, cuts: list[int], before: str
) -> None:
    number = "7" + number + "7"
    at = sorted({min(cut, len(number) - 1) for cut in cuts})
    pieces = [number[i:j] for i, j in zip([0, *at], [*at, len(number)], strict=True) if i < j]
    if len(pieces) < 2 or any(any(map(str.isalpha, piece)) for piece in pieces):
        return
    texts = segments(before + pieces[0], *pieces[1:])
    assert any(number in seam.joined.text for seam in seams(texts))


@pytest.mark.parametrize("count", [1_000, 4_000])
def test_joined_texts_are_hardly_longer_than_what_they_are_made_of(count: int) -> None:
    found = seams(segments(*("12" for _ in range(count))))
    assert sum(len(seam.joined.text) for seam in found) <= 3 * 2 * count + 2 * EDGE_CHARACTERS
