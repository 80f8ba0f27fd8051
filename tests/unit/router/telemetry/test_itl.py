"""What a user sees of a stream is when its text comes, and not what else does."""

from __future__ import annotations

from router.telemetry.gaps import Gaps


def test_pauses_are_between_pieces_of_text() -> None:
    gaps = Gaps()
    for pieces, at_s in ((0, 1.0), (1, 2.0), (1, 2.5), (2, 3.0), (4, 3.25)):
        gaps.goes_out(pieces, at_s)

    assert gaps.between_s == [1.0, 0.25]


def test_one_piece_has_no_pause() -> None:
    gaps = Gaps()
    gaps.goes_out(1, 5.0)

    assert gaps.between_s == []
